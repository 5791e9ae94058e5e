import assert from "node:assert/strict";
import { test } from "node:test";

import { lab, refused } from "./lab.js";

const gitlab = await lab();
const group = await gitlab.group("shop");
const { id } = await gitlab.project(group, "till");

test("variables have scopes", async () => {
  const { ProjectVariables, GroupVariables } = gitlab.root;
  await ProjectVariables.create(id, "HOST", "everywhere.example");
  await ProjectVariables.create(id, "HOST", "live.example", { environmentScope: "production", protected: true });
  const one = await ProjectVariables.show(id, "HOST", { filter: { environment_scope: "production" } });
  assert.deepEqual([one.value, one.protected], ["live.example", true]);
  await ProjectVariables.edit(id, "HOST", "live2.example", { filter: { environment_scope: "production" } });
  const all = await ProjectVariables.all(id);
  assert.deepEqual(all.map((row) => `${row.environment_scope} ${row.value}`).toSorted(), ["* everywhere.example", "production live2.example"]);
  await ProjectVariables.remove(id, "HOST", { filter: { environment_scope: "production" } });
  assert.equal((await ProjectVariables.all(id)).length, 1);
  await GroupVariables.create(group.id, "REGISTRY", "registry.example", { masked: true });
  assert.equal((await GroupVariables.show(group.id, "REGISTRY")).masked, true);
});

test("labels of a group appear in its projects", async () => {
  const { ProjectLabels, GroupLabels } = gitlab.root;
  await GroupLabels.create(group.id, "urgent", "#cc0033");
  await ProjectLabels.create(id, "debt", "#8e44ad", { priority: 1 });
  const all = await ProjectLabels.all(id);
  assert.deepEqual(all.map((label) => [label.name, label.is_project_label]).toSorted(), [["debt", true], ["urgent", false]]);
  assert.equal((await ProjectLabels.edit(id, "debt", { newName: "old debt" })).name, "old debt");
  await ProjectLabels.remove(id, "old debt");
  assert.equal((await refused(ProjectLabels.show(id, "old debt"))).status, 404);
});

test("hooks of projects, groups and the instance", async () => {
  const { ProjectHooks, GroupHooks, SystemHooks } = gitlab.root;
  const made = await ProjectHooks.add(id, "https://hooks.example/till", { tagPushEvents: true, token: "seventeen" });
  assert.deepEqual([made.push_events, made.tag_push_events, made.token], [true, true, undefined]);
  const edited = await ProjectHooks.edit(id, made.id, "https://hooks.example/2", { pushEvents: false });
  assert.deepEqual([edited.url, edited.push_events], ["https://hooks.example/2", false]);
  await ProjectHooks.remove(id, made.id);
  assert.deepEqual(await ProjectHooks.all(id), []);
  assert.equal((await GroupHooks.add(group.id, "https://hooks.example/shop")).group_id, group.id);
  assert.equal((await SystemHooks.create("https://hooks.example/all")).url, "https://hooks.example/all");
});

test("badges, deploy keys and deploy tokens", async () => {
  const { ProjectBadges, DeployKeys, DeployTokens } = gitlab.root;
  await ProjectBadges.add(id, "https://ci.example/%{project_path}", "https://ci.example/badge.svg", { name: "build" });
  const [badge] = await ProjectBadges.all(id);
  assert.deepEqual([badge.name, badge.rendered_link_url], ["build", "https://ci.example/shop/till"]);
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICbJmBPVBEZpLyU0ftKZFjs0tRnEgYJWhHGYCCZWMEYA";
  await DeployKeys.create(id, "deployer", key, { canPush: true });
  assert.deepEqual((await DeployKeys.all({ projectId: id })).map((row) => [row.title, row.can_push]), [["deployer", true]]);
  const made = await DeployTokens.create("puller", ["read_repository"], { projectId: id });
  assert.match(made.token, /^gldt-/);
  const [listed] = await DeployTokens.all({ projectId: id });
  assert.deepEqual([listed.name, listed.token, listed.revoked], ["puller", undefined, false]);
});

test("topics, job token scope, settings and licence", async () => {
  const { Topics, ProjectJobTokenScopes, ApplicationSettings, License } = gitlab.root;
  const made = await Topics.create("rust", { title: "Rust" });
  assert.equal((await Topics.show(made.id)).title, "Rust");
  const other = await gitlab.project(group, "store");
  await ProjectJobTokenScopes.addToInboundAllowList(id, other.id);
  const allowed = await ProjectJobTokenScopes.showInboundAllowList(id);
  assert.deepEqual(allowed.map((project) => project.id).toSorted(), [id, other.id].toSorted());
  const edited = await ApplicationSettings.edit({ defaultProjectsLimit: 7 });
  assert.equal(edited.default_projects_limit, 7);
  assert.equal((await License.show()).plan, "premium");
});
