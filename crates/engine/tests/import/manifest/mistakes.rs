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
"), @"estate.yaml: the file is not YAML that can be read: duplicate mapping key `path` is not allowed here at line 15, column 9");
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
    estate.yaml:2:9, exact[0]: unknown key `members` of a list of exact sections (found `members`; allowed: )
    estate.yaml:9:13, groups[1].exact[0]: unknown key `members` of a list of exact sections (found `members`; allowed: )
    ");
    assert_snapshot!(refused("estate.yaml", "apiVersion: gitlab-bulk/v1\n"), @"");
    assert_snapshot!(refused("estate.yaml", "apiVersion: gitlab-bulk/v1\ngroups: []\n"), @"");
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
    assert_snapshot!(refused("estate.json", "{\n  \"apiVersion\": \"gitlab-bulk/v1\",\n  \"groups\": [,]\n}"), @"");
}

#[test]
fn bombs_of_aliases_and_of_depth_are_refused_in_little_time() {
    let mut bomb = "apiVersion: gitlab-bulk/v1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(", "));
    }
    let said = refused("bomb.yaml", &bomb);
    assert!(said.starts_with("bomb.yaml: the file is not YAML that can be read: "), "{said}");

    let deep = format!("apiVersion: gitlab-bulk/v1\ngroups: {}{}\n", "[".repeat(500), "]".repeat(500));
    let said = refused("deep.yaml", &deep);
    assert!(said.starts_with("deep.yaml: the file is not YAML that can be read: "), "{said}");

    let deep = format!("{{\"apiVersion\": \"gitlab-bulk/v1\", \"groups\": {}{}}}", "[".repeat(5_000), "]".repeat(5_000));
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
