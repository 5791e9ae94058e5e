use insta::assert_snapshot;

use super::{read, understood};

#[test]
fn a_tree_becomes_items_each_after_what_it_lies_in() {
    assert_snapshot!(understood("
apiVersion: gitlab-bulk/v1
groups:
  - path: acme
    name: Acme
    visibility: private
    settings:
      project_creation_level: maintainer
    members:
      - username: dev-0001
        access_level: owner
    projects:
      - path: site
        topics: [web, public]
        wiki_enabled: no
    subgroups:
      - path: platform
        name: Platform
        projects:
          - name: Ledger
            members: [{ user_id: 7, role: 30, expires_at: 2031-12-31 }]
"), @r#"
    create_group {"name":"Acme","path":"acme","project_creation_level":"maintainer","visibility":"private"}
    add_member {"access_level":50,"group":"acme","username":"dev-0001"}
    create_project {"group":"acme","path":"site","topics":["web","public"],"wiki_access_level":"disabled"}
    create_group {"name":"Platform","parent":"acme","path":"platform"}
    create_project {"group":"acme/platform","name":"Ledger"}
    add_member {"access_level":30,"expires_at":"2031-12-31","project":"acme/platform/Ledger","user_id":7}
    "#);
}

#[test]
fn json_says_the_same_as_yaml() {
    let yaml = read(
        "a.yaml",
        "apiVersion: gitlab-bulk/v1\ngroups:\n  - { path: acme, name: Acme }\n",
    )
    .unwrap();
    let json = read(
        "a.json",
        r#"{"apiVersion": "gitlab-bulk/v1", "groups": [{"path": "acme", "name": "Acme"}]}"#,
    )
    .unwrap();
    assert_eq!(
        yaml.desired.objects[0].wants[0].params,
        json.desired.objects[0].wants[0].params
    );
    assert_eq!(json.desired.objects[0].source.path.as_deref(), Some("groups[0]"));
}

#[test]
fn defaults_flow_down_and_the_nearest_wins() {
    assert_snapshot!(understood("
apiVersion: gitlab-bulk/v1
defaults:
  visibility: private
  projects:
    merge_method: ff
    members:
      - { username: audit, access_level: reporter }
groups:
  - path: acme
    name: Acme
    defaults:
      projects: { merge_method: merge, topics: [acme] }
    projects:
      - path: plain
      - path: own
        visibility: internal
        topics: [mine]
        merge_method: null
        members: [{ username: Audit, access_level: guest }, { username: dev-0001, access_level: developer }]
"), @r#"
    create_group {"name":"Acme","path":"acme","visibility":"private"}
    create_project {"group":"acme","merge_method":"merge","path":"plain","topics":["acme"],"visibility":"private"}
    add_member {"access_level":20,"project":"acme/plain","username":"audit"}
    create_project {"group":"acme","path":"own","topics":["mine"],"visibility":"internal"}
    add_member {"access_level":10,"project":"acme/own","username":"Audit"}
    add_member {"access_level":30,"project":"acme/own","username":"dev-0001"}
    "#);
}

#[test]
fn what_lies_in_an_existing_group_needs_only_its_path_or_number() {
    assert_snapshot!(understood("
apiVersion: gitlab-bulk/v1
group: 12
subgroups:
  - path: tools
    name: Tools
    projects: [{ path: hammer }]
projects:
  - path: site
  - { path: elsewhere, group: other/group }
"), @r#"
    create_group {"name":"Tools","parent":"found/by-number","path":"tools"}
    create_project {"group":"found/by-number/tools","path":"hammer"}
    create_project {"group":"found/by-number","path":"site"}
    create_project {"group":"other/group","path":"elsewhere"}
    "#);
}

#[test]
fn exact_flows_down_to_every_section_that_is_listed_and_to_no_other() {
    assert_snapshot!(understood("
apiVersion: gitlab-bulk/v1
exact: [members]
groups:
  - path: acme
    name: Acme
    members: [{ username: dev-0001, access_level: owner }]
    projects:
      - path: not-listed
      - path: listed
        members: [{ username: dev-0002, access_level: developer }]
      - path: left-alone
        exact: []
        members: [{ username: dev-0003, access_level: developer }]
"), @r#"
    create_group {"name":"Acme","path":"acme"}
    add_member {"access_level":50,"group":"acme","username":"dev-0001"}
    create_project {"group":"acme","path":"not-listed"}
    create_project {"group":"acme","path":"listed"}
    add_member {"access_level":30,"project":"acme/listed","username":"dev-0002"}
    create_project {"group":"acme","path":"left-alone"}
    add_member {"access_level":30,"project":"acme/left-alone","username":"dev-0003"}
    exact acme: members
    exact acme/listed: members
    "#);
}
