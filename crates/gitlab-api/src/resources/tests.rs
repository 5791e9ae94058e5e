use serde_json::json;

use super::*;

#[test]
fn the_least_a_project_says_is_enough() {
    let project: Project = serde_json::from_value(json!({
        "id": 501, "name": "Ledger", "path": "ledger", "path_with_namespace": "acme/ledger",
        "namespace": {"id": 109}, "topics": null, "archived": null, "some_new_key": {"a": [1]}
    }))
    .unwrap();
    assert_eq!(project.namespace.id, 109);
    assert_eq!(project.visibility, None);
    assert!(!project.archived);
    assert_eq!(project.permissions, None);
}

#[test]
fn an_administrator_who_is_no_member_has_no_levels() {
    let permissions: Permissions =
        serde_json::from_value(json!({"project_access": null, "group_access": null})).unwrap();
    assert_eq!(permissions, Permissions::default());
    let permissions: Permissions = serde_json::from_value(
        json!({"project_access": null, "group_access": {"access_level": 50, "notification_level": 3}}),
    )
    .unwrap();
    assert_eq!(permissions.group_access, Some(Access { access_level: 50 }));
}

#[test]
fn a_user_without_the_key_is_no_administrator() {
    let user: CurrentUser = serde_json::from_value(json!({"id": 7, "username": "dev-0001"})).unwrap();
    assert!(!user.is_admin && !user.can_create_group);
}

#[test]
fn a_top_level_group_has_no_parent() {
    let group: Group = serde_json::from_value(json!({
        "id": 101, "name": "Acme", "path": "acme", "full_path": "acme", "parent_id": null,
        "visibility": "internal", "marked_for_deletion_on": "2026-11-20"
    }))
    .unwrap();
    assert_eq!((group.parent_id, group.visibility), (None, Visibility::Internal));
    assert_eq!(group.marked_for_deletion_on.as_deref(), Some("2026-11-20"));
}

#[test]
fn visibilities_are_ordered_from_closed_to_open() {
    assert!(Visibility::Private < Visibility::Internal && Visibility::Internal < Visibility::Public);
    assert_eq!("public".parse(), Ok(Visibility::Public));
    assert_eq!("Public".parse::<Visibility>(), Err(visibility::UnknownVisibility));
}
