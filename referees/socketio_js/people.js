// Somebody who is signed in at the server, and what a socket of theirs hears.
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { io } from "socket.io-client";

const COOKIE = "gitlab_bulk_session";
const JOB_EVENTS = [
  "job:created",
  "job:started",
  "job:progress",
  "job:item:success",
  "job:item:failed",
  "job:paused",
  "job:completed",
  "job:failed",
  "job:cancelled",
];

export async function signIn(serverUrl, gitlabUrl, token) {
  const call = (method, path, body, cookie) =>
    fetch(serverUrl + path, {
      method,
      headers: { ...(cookie && { cookie }), ...(body && { "content-type": "application/json" }) },
      body: body && JSON.stringify(body),
    });
  const signedIn = await call("POST", "/api/auth/login", { gitlabUrl, token });
  assert.equal(signedIn.status, 200, await signedIn.text());
  const cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .find((pair) => pair.startsWith(`${COOKIE}=`));
  return {
    cookie,
    sessionId: decodeURIComponent(cookie.slice(COOKIE.length + 1)),
    request: (method, path, body) => call(method, path, body, cookie),
    /** A job that would create groups; it waits to be started. */
    async planGroups(prefix, count) {
      const items = Array.from({ length: count }, (_, n) => ({ name: `${prefix} ${n}`, path: `${prefix}-${n}` }));
      const made = await this.request("POST", "/api/jobs", {
        type: "bulk_create_groups",
        data: { items },
        start: false,
      });
      assert.equal(made.status, 201);
      const { id } = await made.json();
      while ((await (await this.request("GET", `/api/jobs/${id}`)).json()).status === "planning") {
        await setTimeout(20);
      }
      return id;
    },
    async start(job) {
      const started = await this.request("POST", `/api/jobs/${job}/start`, {});
      assert.equal(started.status, 200, await started.text());
    },
  };
}

/** A socket that notes every job event it hears. */
export function listen(serverUrl, options) {
  const socket = io(serverUrl, { reconnection: false, forceNew: true, ...options });
  const heard = [];
  let wake = () => {};
  for (const name of JOB_EVENTS) {
    socket.on(name, (data) => {
      heard.push([name, data]);
      wake();
    });
  }
  return {
    socket,
    heard,
    connected: () => once(socket, "connect"),
    refused: async () => (await once(socket, "connect_error"))[0].message,
    ask: (name, data) => socket.timeout(30_000).emitWithAck(name, data),
    /** Every event so far, as soon as `last` is among them. */
    async until(last) {
      while (!heard.some(([name]) => name === last)) {
        await new Promise((resolve) => (wake = resolve));
      }
      return heard;
    },
  };
}

export const byCookie = (person) => ({ extraHeaders: { Cookie: person.cookie } });
export const bySession = (person) => ({ auth: { sessionId: person.sessionId } });
