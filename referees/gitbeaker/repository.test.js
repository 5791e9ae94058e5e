import assert from "node:assert/strict";
import { test } from "node:test";

import { lab, refused } from "./lab.js";

const gitlab = await lab();
const { id } = await gitlab.project(await gitlab.group("code"), "app");
// By then the default branch is protected.
await gitlab.control("/clock", { forwardMs: 60_000 });

test("branches are made, listed and removed", async () => {
  const { Branches } = gitlab.root;
  const made = await Branches.create(id, "feature/one", "main");
  assert.equal(made.name, "feature/one");
  assert.deepEqual((await Branches.all(id)).map((branch) => branch.name), ["feature/one", "main"]);
  assert.equal((await Branches.show(id, "feature/one")).commit.id, made.commit.id);
  await Branches.remove(id, "feature/one");
  assert.deepEqual(await refused(Branches.show(id, "feature/one")), { status: 404, says: "404 Branch Not Found" });
});

test("a file is written, read, changed and removed", async () => {
  const { RepositoryFiles } = gitlab.root;
  await RepositoryFiles.create(id, "docs/Read me.txt", "main", "First\n", "Add a page");
  const read = await RepositoryFiles.show(id, "docs/Read me.txt", "main");
  assert.equal(Buffer.from(read.content, "base64").toString(), "First\n");
  await RepositoryFiles.edit(id, "docs/Read me.txt", "main", "Second\n", "Change the page");
  const raw = await RepositoryFiles.showRaw(id, "docs/Read me.txt", "main");
  assert.equal(typeof raw === "string" ? raw : await raw.text(), "Second\n");
  await RepositoryFiles.remove(id, "docs/Read me.txt", "main", "Remove the page");
  assert.equal((await refused(RepositoryFiles.show(id, "docs/Read me.txt", "main"))).says, "404 File Not Found");
});

test("a commit does several things at once and is told of", async () => {
  const { Commits, Repositories } = gitlab.root;
  const made = await Commits.create(id, "main", "Begin\n\nWith two files", [
    { action: "create", filePath: "src/main.js", content: "one\n" },
    { action: "create", filePath: "LICENSE", content: "free\n" },
  ]);
  assert.deepEqual([made.title, made.stats.additions], ["Begin", 2]);
  assert.equal((await Commits.all(id, { refName: "main" }))[0].id, made.id);
  const changed = await Commits.showDiff(id, made.id);
  assert.deepEqual(changed.map((file) => [file.new_path, file.new_file]), [["LICENSE", true], ["src/main.js", true]]);
  const tree = await Repositories.allRepositoryTrees(id, { ref: "main" });
  assert.deepEqual(tree.map((entry) => [entry.path, entry.type]), [["src", "tree"], ["LICENSE", "blob"], ["README.md", "blob"]]);
});

test("tags and what two points differ in", async () => {
  const { Tags, Commits, Repositories } = gitlab.root;
  await Tags.create(id, "v1", "main", { message: "The first" });
  await Commits.create(id, "main", "Go on", [{ action: "create", filePath: "NEWS", content: "new\n" }]);
  const compared = await Repositories.compare(id, "v1", "main");
  assert.deepEqual(compared.commits.map((commit) => commit.title), ["Go on"]);
  assert.deepEqual((await Tags.all(id)).map((tag) => [tag.name, tag.message]), [["v1", "The first"]]);
});

test("branches and tags are protected", async () => {
  const { ProtectedBranches, ProtectedTags } = gitlab.root;
  const levels = (rows) => rows.map((row) => row.access_level);
  const main = await ProtectedBranches.show(id, "main");
  assert.deepEqual([levels(main.push_access_levels), levels(main.merge_access_levels)], [[40], [40]]);
  const made = await ProtectedBranches.create(id, "release/*", { pushAccessLevel: 0, mergeAccessLevel: 30 });
  assert.deepEqual([levels(made.push_access_levels), levels(made.merge_access_levels)], [[0], [30]]);
  await ProtectedBranches.remove(id, "release/*");
  assert.deepEqual((await ProtectedBranches.all(id)).map((branch) => branch.name), ["main"]);
  const tag = await ProtectedTags.create(id, "v*", { createAccessLevel: 40 });
  assert.deepEqual([tag.name, levels(tag.create_access_levels)], ["v*", [40]]);
});

test("push rules and approvals are set", async () => {
  const { ProjectPushRules, MergeRequestApprovals } = gitlab.root;
  await ProjectPushRules.create(id, { denyDeleteTag: true, maxFileSize: 10 });
  const rule = await ProjectPushRules.show(id);
  assert.deepEqual([rule.deny_delete_tag, rule.max_file_size], [true, 10]);
  const made = await MergeRequestApprovals.createApprovalRule(id, "Two eyes", 2);
  assert.deepEqual([made.name, made.approvals_required, made.rule_type], ["Two eyes", 2, "regular"]);
  await MergeRequestApprovals.editApprovalRule(id, made.id, "Four eyes", 3);
  const all = await MergeRequestApprovals.allApprovalRules(id);
  assert.deepEqual(all.map((each) => [each.name, each.approvals_required]), [["Four eyes", 3]]);
});
