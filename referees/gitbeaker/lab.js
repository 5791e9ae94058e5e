// A simulator for each file of tests, and people who talk to it through @gitbeaker/rest.
import { after, before } from "node:test";
import { Gitlab } from "@gitbeaker/rest";

import * as programs from "../programs.mjs";

/** Starts a simulator before the tests of a file and stops it after them. */
export function lab(options = {}) {
  const running = {};
  before(async () => {
    running.program = await programs.simulator({ groups: 0, projects: 0, users: 5, tier: "premium", ...options });
    running.root = running.as("root");
  });
  after(() => running.program.stop());
  return Object.assign(running, {
    as: (username) => new Gitlab({ host: running.program.url, token: `glpat-sim-${username}` }),
    with: (token) => new Gitlab({ host: running.program.url, token }),
    /** A private group of one test's own. */
    group: (path) => running.root.Groups.create(path, path, { visibility: "private" }),
    project: (group, path, more = {}) =>
      running.root.Projects.create({ name: path, path, namespaceId: group.id, initializeWithReadme: true, ...more }),
    control: (path, body) =>
      fetch(`${running.program.url}/_sim${path}`, { method: body ? "POST" : "GET", body: body && JSON.stringify(body) }),
  });
}

/** Status and words of a refusal. */
export const refused = (promise) =>
  promise.then(
    () => Promise.reject(new Error("it was not refused")),
    (error) => ({ status: error.cause?.response.status, says: error.cause?.description }),
  );
