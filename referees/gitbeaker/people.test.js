import assert from "node:assert/strict";
import { test } from "node:test";

import { lab, refused } from "./lab.js";

const gitlab = await lab();
const inAYear = new Date(Date.now() + 300 * 86_400_000).toISOString().slice(0, 10);

test("members are added, raised, inherited and removed", async () => {
  const { GroupMembers, ProjectMembers, Users } = gitlab.root;
  const group = await gitlab.group("team");
  const { id } = await gitlab.project(group, "work");
  const [dev] = await Users.all({ username: "dev-0001" });
  const made = await GroupMembers.add(group.id, 30, { userId: dev.id, expiresAt: inAYear });
  assert.deepEqual([made.username, made.access_level, made.expires_at], ["dev-0001", 30, inAYear]);
  assert.equal((await GroupMembers.edit(group.id, dev.id, 40)).access_level, 40);
  assert.deepEqual(await ProjectMembers.all(id), []);
  const inherited = await ProjectMembers.all(id, { includeInherited: true });
  assert.deepEqual(inherited.map((member) => member.username).toSorted(), ["dev-0001", "root"]);
  assert.equal((await gitlab.as("dev-0001").Projects.show(id)).permissions.group_access.access_level, 40);
  await GroupMembers.remove(group.id, dev.id);
  assert.equal((await refused(gitlab.as("dev-0001").Projects.show(id))).status, 404);
});

test("a user is created, blocked and let in again", async () => {
  const { Users } = gitlab.root;
  const made = await Users.create({
    email: "ada@acme.example",
    username: "ada",
    name: "Ada Byron",
    password: "correct horse battery staple",
    skipConfirmation: true,
  });
  assert.deepEqual([made.username, made.state], ["ada", "active"]);
  await Users.block(made.id);
  assert.equal((await Users.show(made.id)).state, "blocked");
  await Users.unblock(made.id);
  assert.equal((await Users.show(made.id)).state, "active");
  assert.equal((await gitlab.as("dev-0002").Users.showCurrentUser()).username, "dev-0002");
});

test("a person's token works until it is revoked", async () => {
  const { UserImpersonationTokens, Users } = gitlab.root;
  const [dev] = await Users.all({ username: "dev-0003" });
  const made = await UserImpersonationTokens.create(dev.id, "robot", ["api"], { expiresAt: inAYear });
  assert.equal((await gitlab.with(made.token).Users.showCurrentUser()).username, "dev-0003");
  await UserImpersonationTokens.revoke(dev.id, made.id);
  assert.equal((await refused(gitlab.with(made.token).Users.showCurrentUser())).status, 401);
});

test("tokens of groups and projects act as bots and are rotated", async () => {
  const { GroupAccessTokens, ProjectAccessTokens } = gitlab.root;
  const group = await gitlab.group("robots");
  const { id } = await gitlab.project(group, "lab");
  const made = await ProjectAccessTokens.create(id, "ci", ["read_api"], inAYear, { accessLevel: 20 });
  const bot = gitlab.with(made.token);
  assert.equal((await bot.Projects.show(id)).id, id);
  assert.equal((await refused(bot.Projects.edit(id, { description: "mine" }))).status, 403);
  const rotated = await ProjectAccessTokens.rotate(id, made.id);
  assert.equal((await refused(bot.Projects.show(id))).status, 401);
  assert.equal((await gitlab.with(rotated.token).Projects.show(id)).id, id);
  const wide = await GroupAccessTokens.create(group.id, "admin", ["api"], inAYear, { accessLevel: 50 });
  await gitlab.with(wide.token).Groups.edit(group.id, { description: "by a robot" });
  assert.deepEqual((await GroupAccessTokens.all(group.id)).map((token) => token.name), ["admin"]);
});

test("access is asked for and given", async () => {
  const group = await gitlab.root.Groups.create("open", "open", { visibility: "public" });
  const asked = await gitlab.as("dev-0004").GroupAccessRequests.request(group.id);
  assert.equal(asked.username, "dev-0004");
  const [waiting] = await gitlab.root.GroupAccessRequests.all(group.id);
  await gitlab.root.GroupAccessRequests.approve(group.id, waiting.id, { accessLevel: 20 });
  assert.equal((await gitlab.root.GroupMembers.show(group.id, waiting.id)).access_level, 20);
});

test("someone without an account is invited", async () => {
  const { GroupInvitations } = gitlab.root;
  const group = await gitlab.group("inviting");
  assert.deepEqual(await GroupInvitations.add(group.id, 30, { email: "new@acme.example" }), { status: "success" });
  const [waiting] = await GroupInvitations.all(group.id);
  assert.deepEqual([waiting.invite_email, waiting.access_level], ["new@acme.example", 30]);
  await GroupInvitations.remove(group.id, "new@acme.example");
  assert.deepEqual(await GroupInvitations.all(group.id), []);
});
