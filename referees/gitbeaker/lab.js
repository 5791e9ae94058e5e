// A simulator for each file of tests, and people who talk to it through @gitbeaker/rest.
import { after } from "node:test";
import { Gitlab } from "@gitbeaker/rest";

import * as programs from "../programs.mjs";

/** Starts a simulator and stops it after the tests of a file. */
export async function lab(options = {}) {
  const program = await programs.gitlab({ groups: 0, projects: 0, users: 5, tier: "premium", ...options });
  after(() => program.stop());
  // gitbeaker asks for its token each time, and takes a function for it.
  const connect = (token) => new Gitlab({ host: program.url, token: async () => program.key(token) });
  const as = (username) => connect(`glpat-sim-${username}`);
  const root = as("root");
  return {
    isItself: program.url === program.control,
    root,
    as,
    with: connect,
    /** A private group of one test's own. */
    group: (path) => root.Groups.create(path, path, { visibility: "private" }),
    project: (group, path, more = {}) =>
      root.Projects.create({ name: path, path, namespaceId: group.id, initializeWithReadme: true, ...more }),
    control: (path, body) =>
      fetch(`${program.control}/_sim${path}`, { method: body ? "POST" : "GET", body: body && JSON.stringify(body) }),
  };
}

/** Status and words of a refusal. */
export const refused = (promise) =>
  promise.then(
    () => Promise.reject(new Error("it was not refused")),
    (error) => ({ status: error.cause?.response.status, says: error.cause?.description }),
  );
