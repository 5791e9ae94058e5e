package referee

import (
	"testing"
	"time"

	gitlab "github.com/xanzy/go-gitlab"
)

func (l lab) user(username string) *gitlab.User {
	l.t.Helper()
	users, _, err := l.root.Users.ListUsers(&gitlab.ListUsersOptions{Username: &username})
	check(l.t, err)
	same(l.t, "the users called "+username, len(users), 1)
	return users[0]
}

func TestMembersAreAddedRaisedAndInherited(t *testing.T) {
	lab := empty(t)
	acme := lab.group("acme")
	site := lab.project(acme, "site")
	dev := lab.user("dev-0001")
	level, more := gitlab.DeveloperPermissions, gitlab.MaintainerPermissions
	made, _, err := lab.root.GroupMembers.AddGroupMember(acme.ID, &gitlab.AddGroupMemberOptions{UserID: &dev.ID, AccessLevel: &level})
	check(t, err)
	same(t, "the level", made.AccessLevel, level)
	_, _, err = lab.root.GroupMembers.EditGroupMember(acme.ID, dev.ID, &gitlab.EditGroupMemberOptions{AccessLevel: &more})
	check(t, err)
	inherited, _, err := lab.root.ProjectMembers.GetInheritedProjectMember(site.ID, dev.ID)
	check(t, err)
	same(t, "the inherited level", inherited.AccessLevel, more)
	_, err = lab.root.GroupMembers.RemoveGroupMember(acme.ID, dev.ID, nil)
	check(t, err)
	_, _, err = lab.as("dev-0001").Projects.GetProject(site.ID, nil)
	refused(t, err, 404, "404 Project Not Found")
}

func TestSomeoneIsInvitedAndSomeoneAsksForAccess(t *testing.T) {
	lab := empty(t)
	visibility := gitlab.PublicVisibility
	open, _, err := lab.root.Groups.CreateGroup(&gitlab.CreateGroupOptions{
		Name: gitlab.String("open"), Path: gitlab.String("open"), Visibility: &visibility,
	})
	check(t, err)
	level := gitlab.ReporterPermissions
	result, _, err := lab.root.Invites.GroupInvites(open.ID, &gitlab.InvitesOptions{Email: gitlab.String("new@acme.example"), AccessLevel: &level})
	check(t, err)
	same(t, "the invitation", result.Status, "success")
	waiting, _, err := lab.root.Invites.ListPendingGroupInvitations(open.ID, nil)
	check(t, err)
	same(t, "who is invited", joined(waiting, func(i *gitlab.PendingInvite) string { return i.InviteEmail }), "new@acme.example")

	asked, _, err := lab.as("dev-0002").AccessRequests.RequestGroupAccess(open.ID)
	check(t, err)
	approved, _, err := lab.root.AccessRequests.ApproveGroupAccessRequest(open.ID, asked.ID, &gitlab.ApproveAccessRequestOptions{AccessLevel: &level})
	check(t, err)
	same(t, "the level", approved.AccessLevel, level)
}

func TestAProjectsTokenActsUntilItIsRevoked(t *testing.T) {
	lab := empty(t)
	site := lab.project(lab.group("acme"), "site")
	expiry := gitlab.ISOTime(time.Now().AddDate(0, 6, 0))
	level := gitlab.ReporterPermissions
	made, _, err := lab.root.ProjectAccessTokens.CreateProjectAccessToken(site.ID, &gitlab.CreateProjectAccessTokenOptions{
		Name: gitlab.String("ci"), Scopes: &[]string{"read_api"}, AccessLevel: &level, ExpiresAt: &expiry,
	})
	check(t, err)
	bot := lab.with(made.Token)
	_, _, err = bot.Projects.GetProject(site.ID, nil)
	check(t, err)
	_, _, err = bot.Projects.EditProject(site.ID, &gitlab.EditProjectOptions{Description: gitlab.String("mine")})
	refused(t, err, 403, "")
	_, err = lab.root.ProjectAccessTokens.RevokeProjectAccessToken(site.ID, made.ID)
	check(t, err)
	_, _, err = bot.Projects.GetProject(site.ID, nil)
	refused(t, err, 401, "")
}
