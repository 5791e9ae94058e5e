import assert from "node:assert/strict";
import { test } from "node:test";

import { lab } from "./lab.js";

const gitlab = await lab({ groups: 3, projects: 47, users: 12 });

test("pages by number know how many there are", async () => {
  const { data, paginationInfo } = await gitlab.root.Projects.all({
    pagination: "offset",
    perPage: 20,
    page: 2,
    maxPages: 1,
    showExpanded: true,
    orderBy: "id",
    sort: "asc",
  });
  assert.equal(data.length, 20);
  assert.deepEqual(paginationInfo, { total: 47, next: 3, current: 2, previous: 1, perPage: 20, totalPages: 3 });
});

test("all pages by number and all pages by key hold every project once", async () => {
  const ids = async (options) => (await gitlab.root.Projects.all({ perPage: 10, ...options })).map((project) => project.id);
  const byNumber = await ids({ pagination: "offset", orderBy: "id", sort: "asc" });
  const byKey = await ids({ pagination: "keyset", orderBy: "id", sort: "asc" });
  assert.equal(new Set(byNumber).size, 47);
  assert.deepEqual(byKey, byNumber);
});

test("users and groups come in pages too", async () => {
  const { Users, Groups } = gitlab.root;
  assert.equal((await Users.all({ perPage: 5 })).length, 13);
  assert.equal((await Groups.all({ perPage: 2 })).length, 3);
  assert.equal((await Users.all({ perPage: 5, maxPages: 2 })).length, 10);
});
