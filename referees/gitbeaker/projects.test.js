import assert from "node:assert/strict";
import { test } from "node:test";

import { lab, refused } from "./lab.js";

const gitlab = await lab();

test("a project is created, found by id and path, changed", async () => {
  const { Projects } = gitlab.root;
  const group = await gitlab.group("works");
  const made = await gitlab.project(group, "site", { topics: ["web"], visibility: "private" });
  assert.equal(made.path_with_namespace, "works/site");
  assert.deepEqual(made.topics, ["web"]);
  assert.equal((await Projects.show("works/site")).id, made.id);
  const edited = await Projects.edit(made.id, { description: "The web site", mergeMethod: "ff", jobsEnabled: false });
  assert.deepEqual([edited.description, edited.merge_method, edited.jobs_enabled], ["The web site", "ff", false]);
});

test("projects are found by name and by topic", async () => {
  const { Projects } = gitlab.root;
  const group = await gitlab.group("finding");
  await gitlab.project(group, "alpha-needle", { topics: ["rare"] });
  await gitlab.project(group, "beta");
  const names = (projects) => projects.map((project) => project.name);
  assert.deepEqual(names(await Projects.search("needle")), ["alpha-needle"]);
  assert.deepEqual(names(await Projects.all({ topic: "rare" })), ["alpha-needle"]);
});

test("a project is archived, shared, moved and starred", async () => {
  const { Projects } = gitlab.root;
  const group = await gitlab.group("moving");
  const other = await gitlab.group("elsewhere");
  const { id } = await gitlab.project(group, "box");
  assert.equal((await Projects.archive(id)).archived, true);
  assert.equal((await Projects.unarchive(id)).archived, false);
  await Projects.share(id, other.id, 30);
  assert.deepEqual((await Projects.show(id)).shared_with_groups.map((share) => share.group_full_path), ["elsewhere"]);
  await Projects.unshare(id, other.id);
  await Projects.transfer(id, other.id);
  assert.equal((await Projects.show(id)).path_with_namespace, "elsewhere/box");
  assert.equal((await Projects.star(id)).star_count, 1);
  assert.equal((await Projects.unstar(id)).star_count, 0);
});

test("a fork knows where it comes from", async () => {
  const { Projects } = gitlab.root;
  const group = await gitlab.group("origin");
  const copies = await gitlab.group("copies");
  const { id } = await gitlab.project(group, "tool");
  const fork = await Projects.fork(id, { namespaceId: copies.id });
  assert.equal(fork.forked_from_project.id, id);
  assert.deepEqual((await Projects.allForks(id)).map((project) => project.path_with_namespace), ["copies/tool"]);
  await Projects.removeForkRelationship(fork.id);
  assert.equal((await Projects.show(fork.id)).forked_from_project, undefined);
});

test("a project is marked for deletion and restored", async () => {
  const { Projects } = gitlab.root;
  const group = await gitlab.group("bin");
  const { id } = await gitlab.project(group, "old");
  await Projects.remove(id);
  const marked = await Projects.show(id);
  assert.match(marked.marked_for_deletion_on, /^\d{4}-\d\d-\d\d$/);
  await Projects.restore(id);
  assert.equal((await Projects.show(id)).marked_for_deletion_on, null);
});

test("refusals come with GitLab's status and words", async () => {
  const { Projects, Groups } = gitlab.root;
  const group = await gitlab.group("strict");
  await gitlab.project(group, "taken");
  const twice = await refused(Projects.create({ name: "taken", path: "taken", namespaceId: group.id }));
  assert.equal(twice.status, 400);
  assert.match(twice.says, /has already been taken/);
  assert.deepEqual(await refused(Projects.show("strict/nothing")), { status: 404, says: "404 Project Not Found" });
  assert.deepEqual(await refused(gitlab.as("dev-0001").Groups.show("strict")), {
    status: 404,
    says: "404 Group Not Found",
  });
  const nobody = await refused(gitlab.as("nobody").Projects.all());
  // Through the gateway it is our own refusal: a token that GitLab does not know gets no key.
  assert.deepEqual(nobody, { status: 401, says: gitlab.isItself ? "401 Unauthorized" : nobody.says });
  assert.deepEqual(await refused(Groups.create("x", "x", { visibility: "secret" })), {
    status: 400,
    says: "visibility does not have a valid value",
  });
});
