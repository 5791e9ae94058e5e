package referee

import (
	"encoding/base64"
	"testing"

	gitlab "github.com/xanzy/go-gitlab"
)

func TestAFileIsWrittenReadAndRemoved(t *testing.T) {
	lab := empty(t)
	site := lab.project(lab.group("acme"), "site")
	files := lab.root.RepositoryFiles
	main := gitlab.String("main")
	_, _, err := files.CreateFile(site.ID, "docs/page one.md", &gitlab.CreateFileOptions{
		Branch: main, Content: gitlab.String("First\n"), CommitMessage: gitlab.String("Add a page"),
	})
	check(t, err)
	read, _, err := files.GetFile(site.ID, "docs/page one.md", &gitlab.GetFileOptions{Ref: main})
	check(t, err)
	text, err := base64.StdEncoding.DecodeString(read.Content)
	check(t, err)
	same(t, "the content", string(text), "First\n")
	_, _, err = files.UpdateFile(site.ID, "docs/page one.md", &gitlab.UpdateFileOptions{
		Branch: main, Content: gitlab.String("Second\n"), CommitMessage: gitlab.String("Change it"),
	})
	check(t, err)
	raw, _, err := files.GetRawFile(site.ID, "docs/page one.md", &gitlab.GetRawFileOptions{Ref: main})
	check(t, err)
	same(t, "the raw content", string(raw), "Second\n")
	_, err = files.DeleteFile(site.ID, "docs/page one.md", &gitlab.DeleteFileOptions{Branch: main, CommitMessage: gitlab.String("Remove it")})
	check(t, err)
	_, _, err = files.GetFile(site.ID, "docs/page one.md", &gitlab.GetFileOptions{Ref: main})
	refused(t, err, 404, "404 File Not Found")
}

func TestACommitBranchesAndTags(t *testing.T) {
	lab := empty(t)
	site := lab.project(lab.group("acme"), "site")
	action := gitlab.FileCreate
	commit, _, err := lab.root.Commits.CreateCommit(site.ID, &gitlab.CreateCommitOptions{
		Branch: gitlab.String("feature"), StartBranch: gitlab.String("main"), CommitMessage: gitlab.String("Begin"),
		Actions: []*gitlab.CommitActionOptions{
			{Action: &action, FilePath: gitlab.String("a.txt"), Content: gitlab.String("a\n")},
			{Action: &action, FilePath: gitlab.String("b.txt"), Content: gitlab.String("b\n")},
		},
	})
	check(t, err)
	changed, _, err := lab.root.Commits.GetCommitDiff(site.ID, commit.ID, nil)
	check(t, err)
	same(t, "what changed", joined(changed, func(d *gitlab.Diff) string { return d.NewPath }), "a.txt b.txt")
	branches, _, err := lab.root.Branches.ListBranches(site.ID, nil)
	check(t, err)
	same(t, "the branches", joined(branches, func(b *gitlab.Branch) string { return b.Name }), "feature main")
	tag, _, err := lab.root.Tags.CreateTag(site.ID, &gitlab.CreateTagOptions{TagName: gitlab.String("v1"), Ref: gitlab.String("feature")})
	check(t, err)
	same(t, "what the tag names", tag.Commit.ID, commit.ID)
}

func TestBranchesAreProtectedAndApprovalsAsked(t *testing.T) {
	lab := empty(t)
	site := lab.project(lab.group("acme"), "site")
	nobody, developers := gitlab.NoPermissions, gitlab.DeveloperPermissions
	made, _, err := lab.root.ProtectedBranches.ProtectRepositoryBranches(site.ID, &gitlab.ProtectRepositoryBranchesOptions{
		Name: gitlab.String("release/*"), PushAccessLevel: &nobody, MergeAccessLevel: &developers,
	})
	check(t, err)
	same(t, "who pushes", made.PushAccessLevels[0].AccessLevel, nobody)
	same(t, "who merges", made.MergeAccessLevels[0].AccessLevel, developers)

	rule, _, err := lab.root.Projects.CreateProjectApprovalRule(site.ID, &gitlab.CreateProjectLevelRuleOptions{
		Name: gitlab.String("Two eyes"), ApprovalsRequired: gitlab.Int(2),
	})
	check(t, err)
	same(t, "how many approve", rule.ApprovalsRequired, 2)
	push, _, err := lab.root.Projects.AddProjectPushRule(site.ID, &gitlab.AddProjectPushRuleOptions{DenyDeleteTag: gitlab.Bool(true)})
	check(t, err)
	same(t, "whether tags stay", push.DenyDeleteTag, true)
}

func TestVariablesLabelsHooksAndKeys(t *testing.T) {
	lab := empty(t)
	acme := lab.group("acme")
	site := lab.project(acme, "site")
	_, _, err := lab.root.GroupVariables.CreateVariable(acme.ID, &gitlab.CreateGroupVariableOptions{
		Key: gitlab.String("REGISTRY"), Value: gitlab.String("registry.example"), Masked: gitlab.Bool(true),
	})
	check(t, err)
	_, _, err = lab.root.ProjectVariables.CreateVariable(site.ID, &gitlab.CreateProjectVariableOptions{
		Key: gitlab.String("HOST"), Value: gitlab.String("live.example"), EnvironmentScope: gitlab.String("production"),
	})
	check(t, err)
	one, _, err := lab.root.ProjectVariables.GetVariable(site.ID, "HOST", &gitlab.GetProjectVariableOptions{
		Filter: &gitlab.VariableFilter{EnvironmentScope: "production"},
	})
	check(t, err)
	same(t, "the value", one.Value, "live.example")

	_, _, err = lab.root.GroupLabels.CreateGroupLabel(acme.ID, &gitlab.CreateGroupLabelOptions{Name: gitlab.String("urgent"), Color: gitlab.String("#cc0033")})
	check(t, err)
	labels, _, err := lab.root.Labels.ListLabels(site.ID, nil)
	check(t, err)
	same(t, "the labels", joined(labels, func(l *gitlab.Label) string { return l.Name }), "urgent")

	hook, _, err := lab.root.Projects.AddProjectHook(site.ID, &gitlab.AddProjectHookOptions{URL: gitlab.String("https://hooks.example/site")})
	check(t, err)
	same(t, "whether pushes are told", hook.PushEvents, true)
	key, _, err := lab.root.DeployKeys.AddDeployKey(site.ID, &gitlab.AddDeployKeyOptions{
		Title: gitlab.String("deployer"),
		Key:   gitlab.String("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICbJmBPVBEZpLyU0ftKZFjs0tRnEgYJWhHGYCCZWMEYA"),
	})
	check(t, err)
	same(t, "the key's title", key.Title, "deployer")
}
