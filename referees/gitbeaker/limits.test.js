import assert from "node:assert/strict";
import { test } from "node:test";

import { lab } from "./lab.js";

const gitlab = lab();

test("a request that is refused for its haste is sent again", async () => {
  const throttled = { match: { path: "/api/v4/version" }, times: 2, action: "throttle:1" };
  await gitlab.control("/faults", [throttled, { match: { path: "/api/v4/version" }, nth: 3, action: "status:502" }]);
  assert.match((await gitlab.root.Metadata.show()).version, /^\d+\.\d+\.\d+/);
  const group = await gitlab.group("quick");
  await gitlab.control("/faults", [{ match: { method: "GET", path: "/api/v4/groups/*" }, times: 2, action: "throttle:1" }]);
  assert.equal((await gitlab.root.Groups.show(group.id)).path, "quick");
  const stats = await (await gitlab.control("/stats")).json();
  assert.equal(stats.rateLimited, 2);
  assert.deepEqual(stats.unimplemented, {});
});
