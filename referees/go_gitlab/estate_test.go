package referee

import (
	"testing"

	gitlab "github.com/xanzy/go-gitlab"
)

func TestAGroupIsMadeFoundChangedAndMoved(t *testing.T) {
	lab := empty(t)
	groups := lab.root.Groups
	acme := lab.group("acme")
	found, _, err := groups.GetGroup("acme", nil)
	check(t, err)
	same(t, "the id", found.ID, acme.ID)
	same(t, "the visibility", found.Visibility, gitlab.PrivateVisibility)

	changed, _, err := groups.UpdateGroup(acme.ID, &gitlab.UpdateGroupOptions{Description: gitlab.String("Makes things")})
	check(t, err)
	same(t, "the description", changed.Description, "Makes things")

	holding := lab.group("holding")
	moved, _, err := groups.TransferSubGroup(acme.ID, &gitlab.TransferSubGroupOptions{GroupID: &holding.ID})
	check(t, err)
	same(t, "the path", moved.FullPath, "holding/acme")
	below, _, err := groups.ListDescendantGroups(holding.ID, nil)
	check(t, err)
	same(t, "what is below", joined(below, func(g *gitlab.Group) string { return g.FullPath }), "holding/acme")
}

func TestAGroupIsSharedMarkedAndRestored(t *testing.T) {
	lab := empty(t)
	groups := lab.root.Groups
	host, guest := lab.group("host"), lab.group("guest")
	level := gitlab.DeveloperPermissions
	shared, _, err := groups.ShareGroupWithGroup(host.ID, &gitlab.ShareGroupWithGroupOptions{GroupID: &guest.ID, GroupAccess: &level})
	check(t, err)
	same(t, "the guests", len(shared.SharedWithGroups), 1)
	same(t, "the guest's path", shared.SharedWithGroups[0].GroupFullPath, "guest")
	_, err = groups.UnshareGroupFromGroup(host.ID, guest.ID)
	check(t, err)

	_, err = groups.DeleteGroup(host.ID)
	check(t, err)
	marked, _, err := groups.GetGroup(host.ID, nil)
	check(t, err)
	if marked.MarkedForDeletionOn == nil {
		t.Error("the group is not marked for deletion")
	}
	restored, _, err := groups.RestoreGroup(host.ID)
	check(t, err)
	if restored.MarkedForDeletionOn != nil {
		t.Error("the group is still marked for deletion")
	}
}

func TestAProjectIsMadeArchivedForkedAndMoved(t *testing.T) {
	lab := empty(t)
	projects := lab.root.Projects
	acme, copies := lab.group("acme"), lab.group("copies")
	site := lab.project(acme, "site")
	same(t, "the path", site.PathWithNamespace, "acme/site")
	archived, _, err := projects.ArchiveProject(site.ID)
	check(t, err)
	same(t, "archived", archived.Archived, true)
	_, _, err = projects.UnarchiveProject(site.ID)
	check(t, err)

	fork, _, err := projects.ForkProject(site.ID, &gitlab.ForkProjectOptions{NamespaceID: &copies.ID})
	check(t, err)
	same(t, "where the fork is from", fork.ForkedFromProject.ID, site.ID)
	moved, _, err := projects.TransferProject(site.ID, &gitlab.TransferProjectOptions{Namespace: copies.ID})
	refused(t, err, 400, "")
	if moved != nil {
		t.Errorf("the fork's path was given away to %v", moved)
	}
	holding := lab.group("holding")
	moved, _, err = projects.TransferProject(site.ID, &gitlab.TransferProjectOptions{Namespace: holding.ID})
	check(t, err)
	same(t, "the path", moved.PathWithNamespace, "holding/site")
}

func TestPagesHoldEverythingOnce(t *testing.T) {
	lab := start(t, "--groups", "3", "--projects", "47", "--users", "3")
	options := gitlab.ListProjectsOptions{ListOptions: gitlab.ListOptions{PerPage: 20}, OrderBy: gitlab.String("id")}
	seen := map[int]bool{}
	for {
		page, answer, err := lab.root.Projects.ListProjects(&options)
		check(t, err)
		for _, project := range page {
			seen[project.ID] = true
		}
		same(t, "the total", answer.TotalItems, 47)
		if answer.NextPage == 0 {
			break
		}
		options.Page = answer.NextPage
	}
	same(t, "how many were seen", len(seen), 47)
}

func TestRefusalsCarryGitLabsWords(t *testing.T) {
	lab := empty(t)
	acme := lab.group("acme")
	lab.project(acme, "site")
	_, _, err := lab.root.Projects.CreateProject(&gitlab.CreateProjectOptions{Path: gitlab.String("site"), NamespaceID: &acme.ID})
	refused(t, err, 400, "has already been taken")
	_, _, err = lab.root.Groups.GetGroup("nothing", nil)
	refused(t, err, 404, "404 Group Not Found")
	_, _, err = lab.as("dev-0001").Groups.GetGroup("acme", nil)
	refused(t, err, 404, "404 Group Not Found")
	_, _, err = lab.with("wrong").Groups.ListGroups(&gitlab.ListGroupsOptions{Owned: gitlab.Bool(true)})
	refused(t, err, 401, "401 Unauthorized")
}

func TestHasteAndABrokenServerAreWaitedOut(t *testing.T) {
	lab := empty(t)
	lab.control("/faults", `[
		{"match": {"path": "/api/v4/version"}, "times": 1, "action": "throttle:1"},
		{"match": {"path": "/api/v4/version"}, "nth": 2, "action": "status:502"}
	]`)
	version, _, err := lab.root.Version.GetVersion()
	check(t, err)
	if version.Version == "" {
		t.Error("the version is empty")
	}
}
