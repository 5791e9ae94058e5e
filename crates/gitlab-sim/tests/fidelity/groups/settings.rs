//! Settings of groups and their inheritance (§6.5, §6.6, §7.1.5).

use gitlab_sim::{Background, Options, Tier};
use serde_json::{Value, json};

use crate::client::{Answer, Lab};

async fn put(lab: &Lab, body: Value) -> Answer {
    lab.root().put("/groups/acme", body).await
}

fn protection(push: u64, merge: u64, force: bool, initial: bool) -> Value {
    json!({
        "allowed_to_push": [{"access_level": push}],
        "allow_force_push": force,
        "allowed_to_merge": [{"access_level": merge}],
        "developer_can_initial_push": initial,
    })
}

#[tokio::test]
async fn the_old_numbers_of_branch_protection_spell_themselves_out() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let numbers = [
        (0, protection(30, 30, true, false)),
        (1, protection(30, 40, false, false)),
        (2, protection(40, 40, false, false)),
        (3, protection(40, 30, false, false)),
        (4, protection(40, 40, false, true)),
    ];
    for (number, spelled_out) in numbers {
        let body = put(&lab, json!({"default_branch_protection": number})).await.body;
        assert_eq!(body["default_branch_protection_defaults"], spelled_out);
        assert_eq!(body["default_branch_protection"], number);
    }
    put(&lab, json!({"default_branch_protection": 5})).await.is(
        400,
        json!({"error": "default_branch_protection does not have a valid value"}),
    );
}

#[tokio::test]
async fn branch_protection_that_is_spelled_out_changes_the_old_number() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    for (push, merge, initial, number) in [
        (30, 30, false, 0),
        (30, 40, false, 1),
        (40, 30, false, 3),
        (40, 40, true, 4),
    ] {
        let defaults = json!({
            "allowed_to_push": [{"access_level": push}], "allowed_to_merge": [{"access_level": merge}],
            "developer_can_initial_push": initial,
        });
        let body = put(&lab, json!({"default_branch_protection_defaults": defaults}))
            .await
            .body;
        assert_eq!(body["default_branch_protection"], number);
        assert_eq!(
            body["default_branch_protection_defaults"],
            protection(push, merge, false, initial)
        );
    }
}

#[tokio::test]
async fn what_spelled_out_protection_leaves_out_is_as_in_full_protection() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    put(&lab, json!({"default_branch_protection": 0})).await;
    let form = "default_branch_protection_defaults[allow_force_push]=true";
    let answer = lab
        .root()
        .send(
            hyper::Method::PUT,
            "/api/v4/groups/acme",
            "application/x-www-form-urlencoded",
            form.to_owned(),
        )
        .await
        .unwrap();
    assert_eq!(
        answer.body["default_branch_protection_defaults"],
        protection(40, 40, true, false)
    );
}

#[tokio::test]
async fn branch_protection_knows_nobody_developers_and_maintainers() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let with = |level: u64| json!({"default_branch_protection_defaults": {"allowed_to_push": [{"access_level": level}]}});
    for level in [0, 30, 40] {
        assert_eq!(put(&lab, with(level)).await.status, 200);
    }
    let text =
        "default_branch_protection_defaults[allowed_to_push][0][access_level] does not have a valid value";
    put(&lab, with(20)).await.is(400, json!({"error": text}));
}

#[tokio::test]
async fn branch_protection_is_dropped_silently_where_the_instance_keeps_it_to_itself() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    lab.member("groups/acme", 1, 50).await;
    let setting = "group_owners_can_manage_default_branch_protection";
    lab.root()
        .put("/application/settings", json!({setting: false}))
        .await;
    let body = json!({"default_branch_protection": 0, "description": "changed"});
    let answer = lab.dev(1).put("/groups/acme", body).await;
    assert_eq!(
        (answer.status, &answer.body["default_branch_protection"]),
        (200, &json!(2))
    );
    assert_eq!(answer.body["description"], "changed");
    let created = lab
        .dev(1)
        .post(
            "/groups",
            json!({"name": "own", "path": "own", "default_branch_protection": 0}),
        )
        .await;
    assert_eq!(
        (created.status, &created.body["default_branch_protection"]),
        (201, &json!(2))
    );
    let by_root = put(&lab, json!({"default_branch_protection": 0})).await;
    assert_eq!(by_root.body["default_branch_protection"], 0);
}

#[tokio::test]
async fn every_documented_setting_is_kept() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let wanted = json!({
        "share_with_group_lock": true, "require_two_factor_authentication": true, "two_factor_grace_period": 8,
        "project_creation_level": "maintainer", "auto_devops_enabled": true, "subgroup_creation_level": "owner",
        "show_diff_preview_in_email": false, "mentions_disabled": true, "lfs_enabled": false,
        "math_rendering_limits_enabled": false, "lock_math_rendering_limits_enabled": true,
        "default_branch": "trunk", "request_access_enabled": false,
        "shared_runners_setting": "disabled_and_overridable", "max_artifacts_size": 200,
        "enabled_git_access_protocol": "ssh", "prevent_sharing_groups_outside_hierarchy": true,
    });
    assert_eq!(put(&lab, wanted.clone()).await.status, 200);
    let seen = lab.root().get("/groups/acme").await.body;
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(&seen[key], value, "{key}");
    }
    let all = put(&lab, json!({"enabled_git_access_protocol": "all"}))
        .await
        .body;
    assert_eq!(all["enabled_git_access_protocol"], json!(null));
}

#[tokio::test]
async fn settings_of_a_paid_licence_are_kept_with_one_and_dropped_without() {
    let wanted = json!({
        "wiki_access_level": "private", "membership_lock": true, "prevent_forking_outside_group": true,
        "allowed_email_domains_list": "example.com", "ip_restriction_ranges": "10.0.0.0/8",
        "unique_project_download_limit": 5, "unique_project_download_limit_allowlist": ["dev-0001"],
        "shared_runners_minutes_limit": 100, "duo_features_enabled": false,
        "service_access_tokens_expiration_enforced": false,
    });
    let options = Options::empty().tier(Tier::Premium);
    let lab = Lab::with(options.background(Background::IMMEDIATE)).await;
    lab.group(None, "acme", "private").await;
    let seen = put(&lab, wanted.clone()).await.body;
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(&seen[key], value, "{key}");
    }
    let free = Lab::start().await;
    free.group(None, "acme", "private").await;
    let answer = put(&free, wanted).await;
    assert_eq!((answer.status, answer.body.get("membership_lock")), (200, None));
}

#[tokio::test]
async fn a_word_outside_its_list_and_a_wrong_type_are_refused_by_name() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    for (name, value, problem) in [
        ("project_creation_level", "guest", "does not have a valid value"),
        (
            "subgroup_creation_level",
            "developer",
            "does not have a valid value",
        ),
        ("shared_runners_setting", "off", "does not have a valid value"),
        ("visibility", "secret", "does not have a valid value"),
        (
            "enabled_git_access_protocol",
            "ftp",
            "does not have a valid value",
        ),
        ("lfs_enabled", "maybe", "is invalid"),
        ("two_factor_grace_period", "soon", "is invalid"),
    ] {
        put(&lab, json!({name: value}))
            .await
            .is(400, json!({"error": format!("{name} {problem}")}));
    }
}

#[tokio::test]
async fn emails_disabled_is_the_old_name_of_the_opposite() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let body = put(&lab, json!({"emails_disabled": true})).await.body;
    assert_eq!(
        (&body["emails_enabled"], &body["emails_disabled"]),
        (&json!(false), &json!(true))
    );
    let body = put(&lab, json!({"emails_disabled": true, "emails_enabled": true}))
        .await
        .body;
    assert_eq!(
        (&body["emails_enabled"], &body["emails_disabled"]),
        (&json!(true), &json!(false))
    );
}

#[tokio::test]
async fn emails_switched_off_above_are_off_below() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    put(&lab, json!({"emails_enabled": false})).await;
    let below = format!("/groups/{web}");
    assert_eq!(lab.root().get(&below).await.body["emails_enabled"], false);
    let still = lab.root().put(&below, json!({"emails_enabled": true})).await.body;
    assert_eq!(still["emails_enabled"], false);
    put(&lab, json!({"emails_enabled": true})).await;
    assert_eq!(lab.root().get(&below).await.body["emails_enabled"], true);
}

#[tokio::test]
async fn a_lock_of_sharing_is_forced_on_everything_below() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let ui = lab.group(Some(web), "ui", "private").await;
    put(&lab, json!({"share_with_group_lock": true})).await;
    let is_locked =
        async |id: u64| lab.root().get(&format!("/groups/{id}")).await.body["share_with_group_lock"].clone();
    assert_eq!(
        (is_locked(web).await, is_locked(ui).await),
        (json!(true), json!(true))
    );
    let later = lab.group(Some(web), "later", "private").await;
    assert_eq!(is_locked(later).await, true);
}

#[tokio::test]
async fn below_a_lock_only_an_owner_of_the_parent_unlocks() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    lab.member(&format!("groups/{web}"), 1, 50).await;
    put(&lab, json!({"share_with_group_lock": true})).await;
    let path = format!("/groups/{web}");
    let unlock = json!({"share_with_group_lock": false});
    let text = "cannot be disabled when the parent group \"Share with group lock\" is enabled, except by the owner \
                of the parent group";
    lab.dev(1)
        .put(&path, unlock.clone())
        .await
        .is(400, json!({"message": {"share_with_group_lock": [text]}}));
    let by_root = lab.root().put(&path, unlock).await;
    assert_eq!(
        (by_root.status, &by_root.body["share_with_group_lock"]),
        (200, &json!(false))
    );
}

#[tokio::test]
async fn the_runners_of_a_parent_cap_those_of_its_children() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let site = lab.project(web, "site", "private").await;
    let path = format!("/groups/{web}");
    let setting = async || lab.root().get(&path).await.body["shared_runners_setting"].clone();
    put(
        &lab,
        json!({"shared_runners_setting": "disabled_and_overridable"}),
    )
    .await;
    assert_eq!(setting().await, "disabled_and_overridable");
    let project = lab.root().get(&format!("/projects/{site}")).await.body;
    assert_eq!(project["shared_runners_enabled"], false);
    let set = async |value: &str| {
        lab.root()
            .put(&path, json!({"shared_runners_setting": value}))
            .await
    };
    assert_eq!(set("enabled").await.status, 200);
    put(
        &lab,
        json!({"shared_runners_setting": "disabled_and_unoverridable"}),
    )
    .await;
    assert_eq!(setting().await, "disabled_and_unoverridable");
    set("enabled").await.is(
        400,
        json!({"message": {"shared_runners_enabled":
            ["cannot be enabled because parent group has shared Runners disabled"]}}),
    );
    set("disabled_and_overridable").await.is(
        400,
        json!({"message": {"allow_descendants_override_disabled_shared_runners":
            ["cannot be enabled because parent group does not allow it"]}}),
    );
    let new = lab.group(Some(acme), "fresh", "private").await;
    assert_eq!(
        lab.root().get(&format!("/groups/{new}")).await.body["shared_runners_setting"],
        "disabled_and_unoverridable"
    );
}

#[tokio::test]
async fn the_root_decides_on_membership_lock_forking_and_sharing_for_its_tree() {
    let options = Options::empty().tier(Tier::Premium);
    let lab = Lab::with(options.background(Background::IMMEDIATE)).await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let switches = json!({"membership_lock": true, "prevent_forking_outside_group": true,
        "prevent_sharing_groups_outside_hierarchy": true});
    let path = format!("/groups/{web}");
    let below = lab.root().put(&path, switches.clone()).await.body;
    for key in switches.as_object().unwrap().keys() {
        assert_ne!(below[key], true, "{key}");
    }
    put(&lab, switches.clone()).await;
    let below = lab.root().get(&path).await.body;
    for key in switches.as_object().unwrap().keys() {
        assert_eq!(below[key], true, "{key}");
    }
}

#[tokio::test]
async fn networks_are_networks_of_top_level_groups() {
    let options = Options::empty().tier(Tier::Premium);
    let lab = Lab::with(options.background(Background::IMMEDIATE)).await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    put(&lab, json!({"ip_restriction_ranges": "10.0.0.0/8,everyone"}))
        .await
        .is(
            400,
            json!({"message": {"ip_restrictions.range": ["is an invalid IP address range"]}}),
        );
    lab.root()
        .put(
            &format!("/groups/{web}"),
            json!({"ip_restriction_ranges": "::1/128"}),
        )
        .await
        .is(
            400,
            json!({"message": {"ip_restrictions.group":
                ["IP subnet restriction only allowed for top-level groups"]}}),
        );
    put(&lab, json!({"ip_restriction_ranges": "10.0.0.0/8"})).await;
    let none = put(&lab, json!({"ip_restriction_ranges": ""})).await.body;
    assert_eq!(none["ip_restriction_ranges"], json!(null));
}

#[tokio::test]
async fn file_templates_come_from_a_project_of_the_group() {
    let options = Options::empty().tier(Tier::Premium);
    let lab = Lab::with(options.background(Background::IMMEDIATE)).await;
    let acme = lab.group(None, "acme", "private").await;
    let other = lab.group(None, "other", "private").await;
    let templates = lab.project(acme, "templates", "private").await;
    let foreign = lab.project(other, "foreign", "private").await;
    assert_eq!(
        lab.root()
            .get("/groups/acme")
            .await
            .body
            .get("file_template_project_id"),
        None
    );
    put(&lab, json!({"file_template_project_id": foreign})).await.is(
        400,
        json!({"message": {"file_template_project_id": ["is invalid"]}}),
    );
    let set = put(&lab, json!({"file_template_project_id": templates}))
        .await
        .body;
    assert_eq!(set["file_template_project_id"], templates);
}

#[tokio::test]
async fn the_size_of_artifacts_is_for_administrators_to_set() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    lab.member("groups/acme", 1, 50).await;
    let answer = lab
        .dev(1)
        .put("/groups/acme", json!({"max_artifacts_size": 7}))
        .await;
    assert_eq!(
        (answer.status, &answer.body["max_artifacts_size"]),
        (200, &json!(null))
    );
}

#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let answer = put(&lab, json!({"descripton": "a typo"})).await;
    assert_eq!((answer.status, &answer.body["description"]), (200, &json!("")));
}
