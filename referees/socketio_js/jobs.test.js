import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { byCookie, bySession, listen, signIn } from "./people.js";
import * as programs from "../programs.mjs";

const patient = { timeout: 60_000 };
const open = [];
let gitlab;
let server;
let root;
let stranger;

const connect = (options) => {
  const listener = listen(server.url, options);
  open.push(listener.socket);
  return listener;
};

before(async () => {
  gitlab = await programs.simulator({ groups: 0, projects: 0, users: 5 });
  server = await programs.server(gitlab.url);
  root = await signIn(server.url, gitlab.url, "glpat-sim-root");
  stranger = await signIn(server.url, gitlab.url, "glpat-sim-dev-0001");
}, patient);

after(async () => {
  for (const socket of open) socket.disconnect();
  const code = await server?.stop();
  await gitlab?.stop();
  assert.equal(code, 0, "the server stops gracefully");
}, patient);

for (const transport of ["websocket", "polling"]) {
  for (const [what, options] of Object.entries({
    nothing: {},
    "a wrong session": { auth: { sessionId: "not-a-session" } },
    "a wrong key": { auth: { apiKey: "gbk_not-a-key" } },
    "a wrong cookie": { extraHeaders: { Cookie: "gitlab_bulk_session=not-a-session" } },
  })) {
    test(`${transport}: who comes with ${what} is refused`, patient, async () => {
      assert.equal(await connect({ transports: [transport], ...options }).refused(), "Unauthorized");
    });
  }

  for (const [by, options] of Object.entries({ cookie: byCookie, session: bySession })) {
    test(`${transport}: a job is followed by ${by} from its start to its end`, patient, async () => {
      const job = await root.planGroups(`js-${transport}-${by}`, 60);
      const listener = connect({ transports: [transport], ...options(root) });
      await listener.connected();
      assert.deepEqual(await listener.ask("subscribe:jobs", { jobIds: [job] }), { ok: [job], refused: [] });

      await root.start(job);
      const events = await listener.until("job:completed");

      const of = (wanted) => events.filter(([name]) => name === wanted).map(([, data]) => data);
      assert.equal(of("job:started").length, 1, "one copy, though it is in the job's and the user's room");
      const last = of("job:progress").at(-1);
      assert.deepEqual(
        [last.jobId, last.progress, last.total, last.successCount, last.failureCount],
        [job, 60, 60, 60, 0],
      );
      const indexes = of("job:item:success").flatMap(({ items }) => items.map((item) => item.index));
      assert.deepEqual(indexes.sort((a, b) => a - b), [...Array(60).keys()]);
    });
  }
}

test("a foreign page is refused", patient, async () => {
  const listener = connect({
    transports: ["websocket"],
    extraHeaders: { Cookie: root.cookie, Origin: "https://evil.example" },
  });
  assert.ok(await listener.refused());
});

test("a stranger hears nothing of a job", patient, async () => {
  const job = await root.planGroups("js-secret", 20);
  const owner = connect({ transports: ["websocket"], ...bySession(root) });
  const outsider = connect({ transports: ["websocket"], ...bySession(stranger) });
  await Promise.all([owner.connected(), outsider.connected()]);
  assert.deepEqual(await outsider.ask("subscribe:jobs", { jobIds: [job] }), { ok: [], refused: [job] });

  await root.start(job);
  await owner.until("job:completed");

  // A round trip later: whatever had been sent to the outsider before would be here by now.
  assert.deepEqual(await outsider.ask("subscribe:jobs", { jobIds: [job] }), { ok: [], refused: [job] });
  assert.deepEqual(outsider.heard, []);
  assert.equal((await stranger.request("GET", `/api/jobs/${job}`)).status, 404);
});

test("logging out closes the socket", patient, async () => {
  const person = await signIn(server.url, gitlab.url, "glpat-sim-dev-0002");
  const listener = connect({ transports: ["websocket"], ...bySession(person) });
  await listener.connected();
  const closed = new Promise((resolve) => listener.socket.on("disconnect", resolve));
  assert.equal((await person.request("POST", "/api/auth/logout")).status, 204);
  assert.ok(await closed);
});
