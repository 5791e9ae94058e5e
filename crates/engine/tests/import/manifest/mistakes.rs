use insta::assert_snapshot;

use super::refused;

#[test]
fn every_mistake_comes_at_once_with_its_line_and_its_path() {
    assert_snapshot!(refused("estate.yaml", "\
apiVersion: gitlab-bulk/v2
gruops: []
defaults:
  projects:
    merge_methd: ff
    path: all-the-same
exact: [member, projects]
groups:
  - path: acme
    name: Acme
    visiblity: private
    projects:
      - path: site
        visibility: secret
        path: again
      - name: (Old)
      - 7
    subgroups:
      path: no-list
  - name: Nameless
  - path: acme
    name: Twice
    visibility: internal
    settings: { visibility: private }
    subgroups:
      - { path: open, name: Open, visibility: public }
    members:
      - username: dev-0001
        acess_level: owner
      - { username: dev-0002, access_level: developer }
      - { username: DEV-0002, access_level: guest }
projects:
  - path: homeless
"), @r"
    estate.yaml:1:13, apiVersion: this version of manifests is not known (found `gitlab-bulk/v2`; allowed: gitlab-bulk/v1)
    estate.yaml:2:1, gruops: unknown key `gruops` of a manifest; did you mean `groups`? (allowed: apiVersion, group, defaults, exact, groups, subgroups, projects, options)
    estate.yaml:5:5, defaults.projects.merge_methd: unknown key `merge_methd` of the defaults of projects; did you mean `merge_method`? (allowed: name, path, default_branch, initialize_with_readme, description, visibility, topics, issues_access_level, merge_requests_access_level, wiki_access_level, 92 more settings, members, labels, protectedBranches, approvalRules, pushRules, variables, sharedWithGroups)
    estate.yaml:6:11, defaults.projects.path: `path` cannot have a default: a default would give it to every object
    estate.yaml:7:9, exact[0]: unknown key `member` of a list of exact sections; did you mean `members`? (found `member`; allowed: approvalRules, labels, members, protectedBranches, pushRules, sharedWithGroups, variables)
    estate.yaml:7:17, exact[1]: `projects` cannot be exact: a group or project that a manifest does not mention is left alone; delete them by a list of their own (allowed: approvalRules, labels, members, protectedBranches, pushRules, sharedWithGroups, variables)
    estate.yaml:11:5, groups[0].visiblity: unknown key `visiblity` of a group; did you mean `visibility`? (allowed: name, path, description, visibility, request_access_enabled, lfs_enabled, project_creation_level, subgroup_creation_level, default_branch, default_branch_protection, 49 more settings, variables, sharedWithGroups, defaults, exact, settings, projects, subgroups)
    estate.yaml:15:9, groups[0].projects[0].path: `path` says this already
    estate.yaml:14:21, groups[0].projects[0].visibility: not a visibility (found `secret`; allowed: private, internal, public)
    estate.yaml:16:9, groups[0].projects[1].name: can contain only letters, digits, emoji, '_', '.', '+', dashes, or spaces. It must start with a letter, digit, emoji, or '_'. (found `(Old)`; allowed: letters, digits, emoji, `_`, `.`, `+`, `-`, space)
    estate.yaml:17:9, groups[0].projects[2]: a number where an object is expected (project)
    estate.yaml:19:7, groups[0].subgroups: an object where a list of groups is expected
    estate.yaml:20:5, groups[1].path: a group needs `path` (allowed: 2 to 255 characters)
    estate.yaml:24:29, groups[2].settings.visibility: the setting `visibility` is given already
    estate.yaml:29:9, groups[2].members[0].acess_level: unknown key `acess_level` of an entry of members; did you mean `access_level`? (allowed: username, user_id, email, access_level, expires_at)
    estate.yaml:28:9, groups[2].members[0].access_level: an entry of members needs `access_level` (allowed: guest, planner, reporter, developer, maintainer, owner or 10, 15, 20, 30, 40, 50)
    estate.yaml:31:9, groups[2].members[2]: the same entry of members stands here already
    estate.yaml:33:5, projects[0]: a project lies in a group, and none is named (allowed: `group: acme/platform` here or at the top of the manifest)
    estate.yaml:21:5, groups[2].path: the same group is in groups[0] (found `acme`; allowed: a path of its own)
    ");
}

#[test]
fn an_empty_set_is_never_meant_and_the_message_says_what_to_write() {
    assert_snapshot!(refused("estate.yaml", "\
apiVersion: gitlab-bulk/v1
exact: [members]
groups:
  - path: acme
    name: Acme
    members: []
  - path: beta
    name: Beta
    exact: [members]
  - path: gamma
    name: Gamma
"), @r"
    estate.yaml:6:5, groups[0].members: `members` is exact and nothing is listed, so that all members would be removed (allowed: the members that are to stay; or leave `members` out of `exact` to leave them alone)
    estate.yaml:9:13, groups[1].members: `members` is exact and nothing is listed, so that all members would be removed (allowed: the members that are to stay; or leave `members` out of `exact` to leave them alone)
    ");
    assert_snapshot!(refused("estate.yaml", "apiVersion: gitlab-bulk/v1\n"), @"estate.yaml:1:1: the manifest names no group and no project, so that it wants nothing (allowed: `groups:` with at least one group, or `group:` and `projects:`; to delete, give a list of projects)");
    assert_snapshot!(refused("estate.yaml", "apiVersion: gitlab-bulk/v1\ngroups: []\n"), @"estate.yaml:1:1: the manifest names no group and no project, so that it wants nothing (allowed: `groups:` with at least one group, or `group:` and `projects:`; to delete, give a list of projects)");
}

#[test]
fn json_has_places_too() {
    assert_snapshot!(refused("estate.json", r#"{
  "apiVersion": "gitlab-bulk/v1",
  "groups": [
    { "path": "acme", "name": "Äcme", "visibility": "hidden" },
    { "path": "acme", "name": "Again",
      "projects": {} }
  ]
}"#), @r"
    estate.json:4:53, groups[0].visibility: not a visibility (found `hidden`; allowed: private, internal, public)
    estate.json:6:19, groups[1].projects: an object where a list of projects is expected
    ");
    assert_snapshot!(refused("estate.json", "{\n  \"apiVersion\": \"gitlab-bulk/v1\",\n  \"groups\": [,]\n}"), @"estate.json: the file is not JSON: expected value at line 3 column 14");
}

#[test]
fn bombs_of_aliases_and_of_depth_are_refused_in_little_time() {
    let mut bomb = "apiVersion: gitlab-bulk/v1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(", "));
    }
    let said = refused("bomb.yaml", &bomb);
    assert!(
        said.starts_with("bomb.yaml: the file is not YAML that can be read: "),
        "{said}"
    );

    let deep = format!(
        "apiVersion: gitlab-bulk/v1\ngroups: {}{}\n",
        "[".repeat(500),
        "]".repeat(500)
    );
    let said = refused("deep.yaml", &deep);
    assert!(
        said.starts_with("deep.yaml: the file is not YAML that can be read: "),
        "{said}"
    );

    let deep = format!(
        "{{\"apiVersion\": \"gitlab-bulk/v1\", \"groups\": {}{}}}",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    assert_snapshot!(refused("deep.json", &deep), @"deep.json:1:140: deeper than 96 levels");
}

#[test]
fn groups_deeper_than_gitlab_takes_are_refused_by_that_rule() {
    let mut text = "apiVersion: gitlab-bulk/v1\n".to_owned();
    for depth in 0..22 {
        let key = if depth == 0 { "groups" } else { "subgroups" };
        let indent = "  ".repeat(depth * 2);
        text += &format!("{indent}{key}:\n{indent}  - path: level{depth}\n{indent}    name: Level {depth}\n");
    }
    assert_snapshot!(refused("deep.yaml", &text), @"deep.yaml:66:89, groups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].subgroups[0].parent: the group would have 21 groups above it (found `level0/level1/level2/level3/level4/level5/level6/level7/level8/level9/level10/level11/level12/level13/level14/level15/le…`; allowed: at most 20 groups above a group)");
}
