//! Items in the body of a request.

use engine::import::read_body;
use engine::operations::registry;
use serde_json::{Value, json};

use crate::{refused, today};

fn read(kind: &str, data: &Value) -> Vec<String> {
    match read_body(&registry(), kind, data, today()) {
        Ok(imported) => imported
            .items
            .iter()
            .map(|item| {
                let path = item.source.path.as_deref().unwrap_or_default();
                format!("{path}: {} {}", item.operation, item.params.get())
            })
            .chain([imported.job_type])
            .collect(),
        Err(problems) => refused(&problems),
    }
}

#[test]
fn problems_carry_the_path_of_their_field() {
    let data = json!({"items": [
        {"name": "Web", "path": "web"},
        {"name": "Shop", "path": "shop", "visibility": "open", "parent_id": {}},
        "Docs",
        {"path": "docs", "colour": "red"},
        {"name": "Web", "path": "WEB"},
    ]});
    assert_eq!(
        read("bulk_create_groups", &data),
        [
            "items[1].parent_id: a number or a full path is expected (found `{}`; allowed: GitLab's number or \
             a full path like acme/platform)",
            "items[1].visibility: not a visibility (found `open`; allowed: private, internal, public)",
            "items[2]: this is a text, not an object",
            "items[3].name: a value is missing (allowed: 1 to 255 characters)",
            "items[3].colour: unknown field (allowed: name, path, parent, description, visibility, \
             request_access_enabled, lfs_enabled, project_creation_level, subgroup_creation_level, \
             default_branch and 46 more, which the template lists)",
            "items[4].path: the same group is in items[0] (found `WEB`; allowed: a path of its own)",
        ]
    );
    let problems = read_body(&registry(), "bulk_create_groups", &data, today()).unwrap_err();
    assert_eq!(
        serde_json::to_value(&problems.0[1]).unwrap(),
        json!({
            "field": "items[1].visibility",
            "value": "open",
            "allowed": "private, internal, public",
            "message": "not a visibility",
        })
    );
}

#[test]
fn the_aliases_of_files_hold_and_the_short_lists_stand_for_items() {
    assert_eq!(
        read(
            "bulk_create_groups",
            &json!({"groups": [{"name": "Web", "path": "web", "parent_id": 12}]})
        ),
        [
            r#"groups[0]: create_group {"name":"Web","path":"web","parent":12}"#,
            "bulk_create_groups"
        ]
    );
    assert_eq!(
        read(
            "bulk_create_projects",
            &json!({"projects": [{"name": "Site", "namespace_id": 12, "wiki_enabled": false, "topics": ["web"]}]})
        ),
        [
            r#"projects[0]: create_project {"name":"Site","group":12,"topics":["web"],"wiki_access_level":"disabled"}"#,
            "bulk_create_projects"
        ]
    );
    assert_eq!(
        read(
            "bulk_add_members",
            &json!({"members": [{"group": 12, "username": "dev-0001", "access_level": "developer"},
                                {"project": "acme/web", "user_id": 7, "role": 40}]})
        ),
        [
            r#"members[0]: add_member {"username":"dev-0001","group":12,"access_level":30}"#,
            r#"members[1]: add_member {"user_id":7,"project":"acme/web","access_level":40}"#,
            "bulk_add_members"
        ]
    );
}

#[test]
fn texts_from_a_form_are_read_like_cells() {
    assert_eq!(
        read(
            "bulk_add_members",
            &json!({"items": [{"group": "12", "user_id": "7", "access_level": "30", "expires_at": ""}]})
        ),
        [
            r#"items[0]: add_member {"user_id":7,"group":12,"access_level":30}"#,
            "bulk_add_members"
        ]
    );
}

#[test]
fn a_mixed_body_has_a_list_for_each_kind() {
    assert_eq!(
        read(
            "mixed",
            &json!({
                "groups": [{"name": "Web", "path": "web"}],
                "members": [{"group": "web", "username": "dev-0001", "access_level": 30}],
            })
        ),
        [
            r#"groups[0]: create_group {"name":"Web","path":"web"}"#,
            r#"members[0]: add_member {"username":"dev-0001","group":"web","access_level":30}"#,
            "mixed"
        ]
    );
}

#[test]
fn anything_else_says_what_is_expected() {
    let groups = "bulk_create_groups";
    let types = registry().job_types().join(", ");
    assert!(
        types.starts_with("bulk_add_members, bulk_archive_groups, ") && types.ends_with(", mixed, manifest")
    );
    assert_eq!(
        read("bulk_paint_groups", &json!({})),
        [format!(
            "type: unknown type (found `bulk_paint_groups`; allowed: {types})"
        )]
    );
    for (data, problem) in [
        (
            json!(null),
            "nothing is not expected here (allowed: an object with a list `items` or `groups`)",
        ),
        (
            json!([]),
            "a list is not expected here (allowed: an object with a list `items` or `groups`)",
        ),
        (
            json!({}),
            "an empty object is not expected here (allowed: an object with a list `items` or `groups`)",
        ),
        (
            json!({"items": []}),
            "items: the list is empty (allowed: at least one item)",
        ),
        (
            json!({"items": "web"}),
            "items: this is a text, not a list of items",
        ),
        (
            json!({"projects": []}),
            "projects: this is not read here (allowed: an object with a list `items` or `groups`)",
        ),
        (
            json!({"items": [{"name": "Web", "path": "web", "subgroups": [{"name": "x"}]}]}),
            "items[0].subgroups: unknown field (allowed: name, path, parent, description, visibility, \
             request_access_enabled, lfs_enabled, project_creation_level, subgroup_creation_level, \
             default_branch and 46 more, which the template lists)",
        ),
    ] {
        assert_eq!(read(groups, &data)[0], problem, "{data}");
    }
}
