import assert from "node:assert/strict";
import { test } from "node:test";

import { lab } from "./lab.js";

const gitlab = await lab();

test("a request that is refused for its haste, or by a proxy, is sent again", async () => {
  const match = { path: "/api/v4/metadata" };
  const answered = async () => (await (await gitlab.control("/stats")).json()).requests.byStatus;
  await gitlab.root.Users.showCurrentUser();
  const before = await answered();
  await gitlab.control("/faults", [
    { match, times: 2, action: "throttle:1" },
    { match, nth: 3, action: "status:502" },
  ]);
  assert.match((await gitlab.root.Metadata.show()).version, /^\d+\.\d+\.\d+/);
  assert.deepEqual(await answered(), { 200: before[200] + 1, 429: 2, 502: 1 });
});
