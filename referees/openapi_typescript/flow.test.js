import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import openapiTS, { astToString } from "openapi-typescript";
import * as programs from "../programs.mjs";

const FOLDER = import.meta.dirname;
const GENERATED = join(FOLDER, "generated");
const patient = { timeout: 120_000 };
let gitlab;
let server;

before(async () => {
  gitlab = await programs.simulator({ groups: 0, projects: 0, users: 3 });
  server = await programs.server(gitlab.url);
  rmSync(GENERATED, { recursive: true, force: true });
  mkdirSync(GENERATED);
}, patient);

after(async () => {
  await server?.stop();
  await gitlab?.stop();
}, patient);

test("types come from the document alone, and a program that uses them is sound", patient, async () => {
  const types = await openapiTS(new URL("/api/openapi.json", server.url), {
    // What has a default may be left out of a request.
    defaultNonNullable: false,
  });
  writeFileSync(join(GENERATED, "document.ts"), astToString(types));
  const tsc = join(FOLDER, "node_modules/typescript/bin/tsc");
  const checked = spawnSync(process.execPath, [tsc, "--project", FOLDER], { encoding: "utf8" });
  assert.equal(checked.stdout, "");
  assert.equal(checked.status, 0, checked.stderr);
});

test("somebody signs in, plans, starts, waits, and reads what came of it page by page", patient, async () => {
  const { signIn, signOut, planGroups, start, when, items } = await import("./generated/js/program.js");
  const { user, api } = await signIn(server.url, gitlab.url, "glpat-sim-root");
  assert.deepEqual([user.username, user.isAdmin], ["root", true]);

  const rows = Array.from({ length: 25 }, (_, n) => ({ name: `Group ${n}`, path: `group-${n}` }));
  const made = await planGroups(api, rows, "import-1");
  assert.equal(made.total, 25);
  const again = await planGroups(api, rows, "import-1");
  assert.equal(again.id, made.id, "the same key and body is the same job");
  const planned = await when(api, made.id, "planned");
  assert.deepEqual([planned.successCount, planned.user.username], [0, "root"]);
  await start(api, made.id);
  const job = await when(api, made.id, "completed");
  assert.deepEqual([job.progress, job.successCount, job.failureCount], [25, 25, 0]);

  const pages = [];
  for await (const page of items(api, made.id, 10, ["succeeded", "failed"])) pages.push(page);
  assert.deepEqual(pages.map((page) => page.length), [10, 10, 5]);
  const paths = pages.flat().map((item) => item.result?.fullPath);
  assert.deepEqual(paths, rows.map((row) => row.path), "in the order of the input");
  for await (const page of items(api, made.id, 10, ["failed"])) assert.deepEqual(page, []);

  assert.equal(await signOut(api), 204);
  await assert.rejects(when(api, made.id, "completed"), { status: 401, code: "UNAUTHORIZED" });
});

test("what is refused is told in the form that the document promises", patient, async () => {
  const { signIn, planGroups, when } = await import("./generated/js/program.js");
  await assert.rejects(signIn(server.url, gitlab.url, "glpat-nobody"), { status: 401, code: "UNAUTHORIZED" });
  const { api } = await signIn(server.url, gitlab.url, "glpat-sim-dev-0001");
  const wrong = planGroups(api, [{ name: "Web", path: "no path" }, { name: "", path: "web" }], "import-2");
  const refused = await wrong.then(assert.fail, (error) => error);
  assert.deepEqual([refused.status, refused.code], [400, "VALIDATION_ERROR"]);
  assert.deepEqual(refused.details.map(({ row, field }) => [row, field]).length, 2, "all at once");
  const nobodys = "01890000-0000-7000-8000-000000000000";
  await assert.rejects(when(api, nobodys, "completed"), { status: 404, code: "NOT_FOUND" });
});
