//! The limits that instances out there have (§4.3 to §4.5).

use gitlab_sim::{LimitPreset, Options};
use hyper::Method;
use serde_json::json;

use super::{allowed, lab, limit};
use crate::client::Lab;

/// As on GitLab.com, without the request throttle getting in the way.
async fn gitlab_com() -> Lab {
    let (lab, _) = lab(Options::empty().limits(LimitPreset::GitlabCom)).await;
    limit(&lab, json!({"throttleDryRun": true})).await;
    lab
}

#[tokio::test]
async fn groups_are_listed_200_times_a_minute() {
    let lab = gitlab_com().await;
    let listed = allowed(&lab.root(), Method::GET, "/groups").await;
    assert_eq!(listed, (200, "60".to_owned()));
    assert_eq!(lab.dev(1).get("/groups").await.status, 200);
}

#[tokio::test]
async fn strangers_list_projects_400_times_in_ten_minutes() {
    let lab = gitlab_com().await;
    let listed = allowed(&lab.anonymous(), Method::GET, "/projects").await;
    assert_eq!(listed, (400, "600".to_owned()));
    assert_eq!(lab.root().get("/projects").await.status, 200);
}

#[tokio::test]
async fn a_user_is_shown_300_times_in_ten_minutes() {
    let lab = gitlab_com().await;
    let shown = allowed(&lab.dev(1), Method::GET, "/users/1").await;
    assert_eq!(shown, (300, "600".to_owned()));
}

#[tokio::test]
async fn inherited_members_of_groups_and_projects_are_listed_200_times_a_minute_together() {
    let lab = gitlab_com().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.root().get(&format!("/projects/{site}/members/all")).await;
    let listed = allowed(&lab.root(), Method::GET, &format!("/groups/{acme}/members/all")).await;
    assert_eq!(listed, (199, "60".to_owned()));
    // The limiter comes before the source is looked for.
    assert_eq!(lab.root().get("/groups/none/members/all").await.status, 429);
}

#[tokio::test]
async fn members_are_removed_60_times_a_minute_from_each_group_and_found_first() {
    let lab = gitlab_com().await;
    let acme = lab.group(None, "acme", "private").await;
    let beta = lab.group(None, "beta", "private").await;
    let member = json!({"username": "dev-0001", "access_level": 30});
    for group in [acme, beta] {
        let members = format!("/groups/{group}/members");
        for time in 1..=61 {
            assert_eq!(lab.root().post(&members, member.clone()).await.status, 201);
            let removed = lab.root().delete(&format!("{members}/2"), json!(null)).await;
            assert_eq!(removed.status, if time > 60 { 429 } else { 204 });
        }
        let absent = lab.root().delete(&format!("{members}/3"), json!(null)).await;
        absent.is(404, json!({"message": "404 Not found"}));
    }
}

#[tokio::test]
async fn existence_of_namespaces_is_asked_20_times_a_minute() {
    let (lab, _) = lab(Options::empty().limits(LimitPreset::SelfManaged)).await;
    let asked = allowed(&lab.root(), Method::GET, "/namespaces/acme/exists").await;
    assert_eq!(asked, (20, "60".to_owned()));
}

/// What is in force, as `limit/seconds`.
async fn in_force(lab: &Lab) -> serde_json::Value {
    let shown = lab.control(Method::GET, "/limits", json!(null)).await.body;
    let limiters = shown["limiters"].as_object().unwrap();
    limiters
        .iter()
        .map(|(key, limit)| {
            (
                key.clone(),
                json!(format!("{}/{}", limit["limit"], limit["seconds"])),
            )
        })
        .collect()
}

#[track_caller]
fn has(limits: &serde_json::Value, expected: &[(&str, &str)]) {
    for (key, limit) in expected {
        assert_eq!(limits[key], *limit, "{key}");
    }
}

#[tokio::test]
async fn gitlab_com_limits_its_api_as_published() {
    let lab = gitlab_com().await;
    has(
        &in_force(&lab).await,
        &[
            ("projects_api_limit", "2000/600"),
            ("projects_api_rate_limit_unauthenticated", "400/600"),
            ("project_api_limit", "400/60"),
            ("groups_api_limit", "200/60"),
            ("group_api_limit", "400/60"),
            ("group_projects_api_limit", "600/60"),
            ("group_archive_unarchive_api_limit", "60/60"),
            ("project_members_api_limit", "200/60"),
            ("members_delete_limit", "60/60"),
            ("users_get_by_id_limit", "300/600"),
            ("user_projects_api_limit", "300/60"),
        ],
    );
}

#[tokio::test]
async fn a_new_instance_has_the_limiters_of_the_api_and_an_upgraded_one_has_not() {
    let (new, _) = lab(Options::empty().limits(LimitPreset::SelfManaged)).await;
    let expected = [
        ("projects_api_limit", "2000/600"),
        ("groups_api_limit", "200/60"),
        ("group_api_limit", "400/60"),
        ("users_get_by_id_limit", "300/600"),
    ];
    has(&in_force(&new).await, &expected);
    let (upgraded, _) = lab(Options::empty()).await;
    assert_eq!(in_force(&upgraded).await, json!({}));
}

#[tokio::test]
async fn a_setting_wins_over_what_a_new_instance_has() {
    let (lab, _) = lab(Options::empty().limits(LimitPreset::SelfManaged)).await;
    let set = lab
        .root()
        .put("/application/settings", json!({"groups_api_limit": 2}))
        .await;
    assert_eq!(set.status, 200, "{set:?}");
    assert_eq!(
        allowed(&lab.root(), Method::GET, "/groups").await,
        (2, "60".to_owned())
    );
}

#[tokio::test]
async fn renaming_a_group_is_never_refused_by_its_limiter() {
    let (lab, _) = lab(Options::empty().limits(LimitPreset::SelfManaged)).await;
    let acme = lab.group(None, "acme", "private").await;
    for time in 0..125 {
        let renamed = lab
            .root()
            .put(
                &format!("/groups/{acme}"),
                json!({"name": format!("Acme {time}")}),
            )
            .await;
        assert_eq!(renamed.status, 200);
    }
}
