//! Access levels and the words for levels of other things (§0.5).

use gitlab_sim::{Options, Tier};
use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn members_are_guests_planners_reporters_developers_maintainers_or_owners() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    for source in [format!("groups/{acme}"), format!("projects/{site}")] {
        for (number, level) in (1..).zip([10, 15, 20, 30, 40, 50]) {
            lab.member(&source, number, level).await;
        }
    }
}

#[tokio::test]
async fn levels_that_are_none_of_a_member_are_refused() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    for source in [format!("groups/{acme}"), format!("projects/{site}")] {
        // No access and administrator are for protected branches.
        for level in [0, 1, 60, 99] {
            let body = json!({"username": "dev-0001", "access_level": level});
            let refused = lab.root().post(&format!("/{source}/members"), body).await;
            assert_eq!(refused.status, 400, "{level}: {refused:?}");
        }
    }
}

#[tokio::test]
async fn minimal_access_needs_a_licence_and_a_group() {
    let minimal = json!({"username": "dev-0001", "access_level": 5});
    for (tier, status) in [(Tier::Free, 400), (Tier::Premium, 201)] {
        let lab = Lab::with(Options::empty().users(1).tier(tier)).await;
        let acme = lab.group(None, "acme", "private").await;
        let site = lab.project(acme, "site", "private").await;
        let group = lab
            .root()
            .post(&format!("/groups/{acme}/members"), minimal.clone())
            .await;
        assert_eq!(group.status, status, "{group:?}");
        let project = lab
            .root()
            .post(&format!("/projects/{site}/members"), minimal.clone())
            .await;
        assert_eq!(project.status, 400, "{project:?}");
    }
}

/// Sets a key of a group or project to each of the words, and to one that is none.
async fn takes(lab: &Lab, path: &str, key: &str, words: &[&str]) {
    for word in words {
        let set = lab.root().put(path, json!({key: word})).await;
        assert_eq!((set.status, set.body[key].as_str()), (200, Some(*word)), "{key}");
    }
    lab.root().put(path, json!({key: "other"})).await.is(
        400,
        json!({"error": format!("{key} does not have a valid value")}),
    );
}

#[tokio::test]
async fn levels_of_creation_are_words() {
    let lab = Lab::start().await;
    let acme = format!("/groups/{}", lab.group(None, "acme", "private").await);
    let who = ["noone", "owner", "maintainer", "developer", "administrator"];
    takes(&lab, &acme, "project_creation_level", &who).await;
    takes(&lab, &acme, "subgroup_creation_level", &["owner", "maintainer"]).await;
}

#[tokio::test]
async fn the_setting_of_shared_runners_is_a_word() {
    let lab = Lab::start().await;
    let acme = format!("/groups/{}", lab.group(None, "acme", "private").await);
    let words = [
        "disabled_and_overridable",
        "disabled_and_unoverridable",
        "enabled",
    ];
    takes(&lab, &acme, "shared_runners_setting", &words).await;
}

#[tokio::test]
async fn features_of_a_project_are_disabled_private_or_enabled_and_pages_also_public() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = format!("/projects/{}", lab.project(acme, "site", "private").await);
    let levels = ["disabled", "private", "enabled"];
    for feature in [
        "issues",
        "wiki",
        "snippets",
        "builds",
        "forking",
        "merge_requests",
    ] {
        takes(&lab, &site, &format!("{feature}_access_level"), &levels).await;
    }
    takes(
        &lab,
        &site,
        "pages_access_level",
        &["disabled", "private", "enabled", "public"],
    )
    .await;
}

#[tokio::test]
async fn visibility_is_private_internal_or_public() {
    let lab = Lab::start().await;
    let words = ["private", "internal", "public"];
    let acme = lab.group(None, "acme", "private").await;
    takes(&lab, &format!("/groups/{acme}"), "visibility", &words).await;
    let site = lab.project(acme, "site", "private").await;
    takes(&lab, &format!("/projects/{site}"), "visibility", &words).await;
}
