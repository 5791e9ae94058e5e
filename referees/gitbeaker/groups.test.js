import assert from "node:assert/strict";
import { test } from "node:test";

import { lab, refused } from "./lab.js";

const gitlab = await lab();

test("a group is created, found by id and path, changed", async () => {
  const { Groups } = gitlab.root;
  const made = await Groups.create("Acme Works", "acme-works", { visibility: "internal", description: "Makes things" });
  assert.equal(made.full_path, "acme-works");
  assert.equal(made.visibility, "internal");
  assert.deepEqual(await Groups.show(made.id, { withProjects: false }), await Groups.show("acme-works", { withProjects: false }));
  const edited = await Groups.edit(made.id, { name: "Acme", projectCreationLevel: "maintainer" });
  assert.deepEqual([edited.name, edited.project_creation_level], ["Acme", "maintainer"]);
  assert.deepEqual((await Groups.search("acme-wo")).map((group) => group.id), [made.id]);
});

test("subgroups, descendants and projects of a group are listed", async () => {
  const { Groups } = gitlab.root;
  const top = await gitlab.group("tree");
  const middle = await Groups.create("middle", "middle", { parentId: top.id, visibility: "private" });
  const leaf = await Groups.create("leaf", "leaf", { parentId: middle.id, visibility: "private" });
  await gitlab.project(leaf, "deep");
  const ids = (groups) => groups.map((group) => group.id);
  assert.deepEqual(ids(await Groups.allSubgroups(top.id)), [middle.id]);
  assert.deepEqual(ids(await Groups.allDescendantGroups(top.id, {})).toSorted(), [middle.id, leaf.id].toSorted());
  assert.deepEqual(await Groups.allProjects(top.id), []);
  const [deep] = await Groups.allProjects(top.id, { includeSubgroups: true });
  assert.equal(deep.path_with_namespace, "tree/middle/leaf/deep");
});

test("a group is shared with another and no longer", async () => {
  const { Groups } = gitlab.root;
  const host = await gitlab.group("host");
  const guest = await gitlab.group("guest");
  const shared = await Groups.share(host.id, guest.id, 30, {});
  const [share] = shared.shared_with_groups;
  assert.deepEqual([share.group_full_path, share.group_access_level], ["guest", 30]);
  await Groups.unshare(host.id, guest.id, {});
  assert.deepEqual((await Groups.show(host.id)).shared_with_groups, []);
});

test("a group moves below another and back to the top", async () => {
  const { Groups } = gitlab.root;
  const mover = await gitlab.group("mover");
  const target = await gitlab.group("target");
  await Groups.transfer(mover.id, { groupId: target.id });
  assert.equal((await Groups.show(mover.id)).full_path, "target/mover");
  await Groups.transfer(mover.id);
  assert.equal((await Groups.show(mover.id)).full_path, "mover");
});

test("a group is marked for deletion, restored, and removed for good", async () => {
  const { Groups } = gitlab.root;
  const parent = await gitlab.group("living");
  const doomed = await Groups.create("doomed", "doomed", { parentId: parent.id });
  await Groups.remove(doomed.id);
  const marked = await Groups.show(doomed.id);
  assert.match(marked.marked_for_deletion_on, /^\d{4}-\d\d-\d\d$/);
  await Groups.restore(doomed.id);
  const restored = await Groups.show(doomed.id);
  assert.equal(restored.marked_for_deletion_on, null);

  await Groups.remove(doomed.id);
  const { full_path: fullPath } = await Groups.show(doomed.id);
  await Groups.remove(doomed.id, { permanentlyRemove: true, fullPath });
  await gitlab.control("/clock", { forwardMs: 60_000 });
  assert.deepEqual(await refused(Groups.show(doomed.id)), { status: 404, says: "404 Group Not Found" });
});
