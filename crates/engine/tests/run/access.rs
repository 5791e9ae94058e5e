//! What the token's user may do is told before anything is sent, and asked in few requests.

use domain::{JobOptions, JobStatus};
use gitlab_client::WriteRequest;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::bodies::{lines, sentence};
use crate::world::World;

/// `acme` with `acme/platform` and five projects. `dev-0001` has this level on `acme`.
async fn acme(level: Option<u8>) -> World {
    let mut world = World::new().await;
    let acme = world
        .by_hand(
            "groups",
            json!({ "name": "Acme", "path": "acme", "visibility": "public" }),
        )
        .await;
    let platform =
        json!({ "name": "Platform", "path": "platform", "parent_id": acme, "visibility": "public" });
    let platform = world.by_hand("groups", platform).await;
    for name in ["one", "two", "three", "four", "five"] {
        let project = json!({ "name": name, "namespace_id": platform, "visibility": "public" });
        world.by_hand("projects", project).await;
    }
    if let Some(level) = level {
        let member = json!({ "username": "dev-0001", "access_level": level });
        world.by_hand("groups/acme/members", member).await;
    }
    world.log_in("glpat-sim-dev-0001").await;
    world
}

fn projects(level: &str) -> Value {
    let names = ["one", "two", "three", "four", "five"].map(|name| format!("acme/platform/{name}"));
    json!([{ "projects": names, "username": "dev-0002", "access_level": level }])
}

#[tokio::test]
async fn a_level_that_is_too_low_is_a_conflict_that_says_which_one_is_needed() {
    let world = acme(Some(40)).await;
    let applied = world.sim.stats().writes.applied;

    let (job, items) = world
        .done(
            "bulk_add_members",
            json!([
                { "group": "acme/platform", "username": "dev-0002", "access_level": "guest" },
                { "project": "acme/platform/one", "username": "dev-0002", "access_level": "owner" },
                { "project": "acme/platform/two", "username": "dev-0002", "access_level": "maintainer" },
            ]),
        )
        .await;

    assert_eq!((job.status, job.success_count), (JobStatus::Completed, 1));
    assert_snapshot!(lines(&items), @r"
    acme/platform#dev-0002 conflict failed INSUFFICIENT_ACCESS
    acme/platform/one#dev-0002 conflict failed INSUFFICIENT_ACCESS
    acme/platform/two#dev-0002 create succeeded
    ");
    assert_eq!(
        sentence(&items[0]),
        "this needs the level owner on `acme/platform` and your level there is maintainer; ask an owner for it"
    );
    assert_eq!(world.sim.stats().writes.applied, applied + 1);
}

#[tokio::test]
async fn whoever_has_the_level_at_the_top_is_asked_about_once_and_an_administrator_never() {
    let mut world = acme(Some(50)).await;
    let before = world.now();
    let job = world
        .ordered("bulk_add_members", projects("owner"), JobOptions::default())
        .await;
    let items = world.items(job.id).await;
    assert!(items.iter().all(|item| item.error.is_none()), "{}", lines(&items));
    let own = format!("/members/all/{}", world.actor.user.user_id);
    assert_eq!(world.asked("GET", before, &own), 1, "for five projects");

    world.log_in("glpat-sim-root").await;
    let before = world.now();
    world
        .ordered("bulk_add_members", projects("owner"), JobOptions::default())
        .await;
    let own = format!("/members/all/{}", world.actor.user.user_id);
    assert_eq!(world.asked("GET", before, &own), 0);
}

#[tokio::test]
async fn a_member_of_some_projects_only_is_told_apart_by_one_list() {
    let mut world = acme(None).await;
    world.log_in("glpat-sim-root").await;
    let member = json!({ "username": "dev-0001", "access_level": 40 });
    world
        .by_hand("projects/acme%2Fplatform%2Ftwo/members", member)
        .await;
    world.log_in("glpat-sim-dev-0001").await;
    let before = world.now();

    let job = world
        .ordered("bulk_add_members", projects("guest"), JobOptions::default())
        .await;

    let items = world.items(job.id).await;
    assert_snapshot!(lines(&items), @r"
    acme/platform/one#dev-0002 conflict failed INSUFFICIENT_ACCESS
    acme/platform/two#dev-0002 create pending
    acme/platform/three#dev-0002 conflict failed INSUFFICIENT_ACCESS
    acme/platform/four#dev-0002 conflict failed INSUFFICIENT_ACCESS
    acme/platform/five#dev-0002 conflict failed INSUFFICIENT_ACCESS
    ");
    let own = format!("/members/all/{}", world.actor.user.user_id);
    assert_eq!(
        world.asked("GET", before, &own),
        1,
        "at the top; the projects come in a list"
    );
}

#[tokio::test]
async fn what_is_as_wanted_already_needs_no_level_and_no_question() {
    let mut world = acme(None).await;
    world.log_in("glpat-sim-root").await;
    world.done("bulk_add_members", projects("guest")).await;
    world.log_in("glpat-sim-dev-0001").await;
    let before = world.now();

    let (job, _) = world.done("bulk_add_members", projects("guest")).await;

    assert_eq!(job.skipped_count, 5);
    let own = format!("/members/all/{}", world.actor.user.user_id);
    assert_eq!(world.asked("GET", before, &own), 0);
}

#[tokio::test]
async fn a_token_that_can_only_read_plans_and_changes_nothing() {
    let mut world = acme(Some(50)).await;
    let user = world.actor.user.user_id;
    world.log_in("glpat-sim-root").await;
    let wanted = json!({ "name": "look", "scopes": ["read_api"] });
    let request = WriteRequest::post(format!("users/{user}/impersonation_tokens")).body(wanted);
    let token = world.write(request).await["token"].as_str().unwrap().to_owned();
    world.log_in(&token).await;

    let dry_run = JobOptions {
        dry_run: true,
        ..JobOptions::default()
    };
    let job = world
        .ordered("bulk_add_members", projects("guest"), dry_run)
        .await;
    let items = world.items(job.id).await;
    assert!(items.iter().all(|item| item.error.is_none()));
    assert_eq!(
        items[0].notes,
        ["the token has the scope read_api and can change nothing; make one with the scope `api`"]
    );

    let (_, items) = world.done("bulk_add_members", projects("guest")).await;
    assert!(
        items
            .iter()
            .all(|item| item.error.as_ref().unwrap().code == "TOKEN_SCOPE")
    );
}

#[tokio::test]
async fn who_one_is_is_asked_once_for_many_plans() {
    let world = World::new().await;
    let before = world.now();
    let group = |path: &str| json!([{ "name": path, "path": path }]);
    world.done("bulk_create_groups", group("one")).await;
    world.done("bulk_create_groups", group("two")).await;
    for end in ["/user", "/personal_access_tokens/self", "/metadata", "/license"] {
        assert_eq!(world.asked("GET", before, end), 1, "{end}");
    }
}

#[tokio::test]
async fn what_the_licence_does_not_cover_is_told_with_the_tier_that_it_needs() {
    let world = World::new().await;
    world
        .by_hand("groups", json!({ "name": "Acme", "path": "acme" }))
        .await;
    let minimal = json!([{ "group": "acme", "username": "dev-0001", "access_level": "minimal_access" }]);

    let (_, items) = world.done("bulk_add_members", minimal).await;

    assert_eq!(items[0].error.as_ref().unwrap().code, "TIER_TOO_LOW");
    assert_eq!(
        sentence(&items[0]),
        "Minimal access: GitLab does it from premium on, and this instance is free"
    );
}
