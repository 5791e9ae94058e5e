//! Moving groups (§7.1.9, §5.4, B.4).

use std::time::Duration;

use gitlab_sim::{Background, Options};
use serde_json::{Value, json};

use crate::client::{Answer, Lab};
use crate::clock::HandClock;
use crate::examples::same_shape;

async fn transfer(lab: &Lab, id: u64, to: Option<u64>) -> Answer {
    let body = json!({"group_id": to});
    lab.root().post(&format!("/groups/{id}/transfer"), body).await
}

fn failed(reason: &str) -> Value {
    json!({"message": format!("Transfer failed: {reason}")})
}

#[tokio::test]
async fn a_transfer_moves_everything_below_and_shows_the_new_parent() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let apex = lab.group(None, "apex", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let ui = lab.group(Some(web), "ui", "private").await;
    lab.project(ui, "site", "private").await;
    let answer = transfer(&lab, web, Some(apex)).await;
    assert_eq!((answer.status, &answer.body["parent_id"]), (201, &json!(apex)));
    assert_eq!(answer.body["full_path"], "apex/web");
    assert!(answer.body.get("projects").is_some());
    assert_eq!(
        lab.root().get(&format!("/groups/{ui}")).await.body["full_path"],
        "apex/web/ui"
    );
    assert!(lab.gitlab.project("apex/web/ui/site").is_some());
    lab.root()
        .get("/groups/acme%2Fweb")
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
    assert_eq!(
        lab.root().get("/projects/acme%2Fweb%2Fui%2Fsite").await.status,
        301
    );
}

#[tokio::test]
async fn without_a_target_a_group_goes_to_the_top_level() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let answer = transfer(&lab, web, None).await;
    assert_eq!((answer.status, &answer.body["parent_id"]), (201, &json!(null)));
    assert_eq!(answer.body["full_path"], "web");
}

#[tokio::test]
async fn where_it_is_already_a_group_does_not_go() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    transfer(&lab, acme, None)
        .await
        .is(400, failed("Group is already a root group."));
    transfer(&lab, web, Some(acme))
        .await
        .is(400, failed("Group is already associated to the parent group."));
}

#[tokio::test]
async fn a_group_does_not_go_below_itself() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let ui = lab.group(Some(web), "ui", "private").await;
    for target in [web, ui] {
        transfer(&lab, web, Some(target))
            .await
            .is(400, failed("Cannot transfer group to one of its subgroup."));
    }
}

#[tokio::test]
async fn a_path_that_a_group_or_project_has_at_the_target_stops_a_transfer() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let apex = lab.group(None, "apex", "private").await;
    lab.group(Some(apex), "web", "private").await;
    lab.project(apex, "site", "private").await;
    let reason = failed("The parent group already has a subgroup or a project with the same path.");
    for path in ["WEB", "site"] {
        let body = json!({"name": format!("{path} moved"), "path": path, "parent_id": acme});
        let group = lab.root().post("/groups", body).await.body["id"]
            .as_u64()
            .unwrap();
        transfer(&lab, group, Some(apex)).await.is(400, reason.clone());
    }
    let body = json!({"name": "Other", "path": "dev-0001", "parent_id": acme});
    let group = lab.root().post("/groups", body).await.body["id"]
        .as_u64()
        .unwrap();
    transfer(&lab, group, None).await.is(400, reason);
}

#[tokio::test]
async fn a_name_that_a_subgroup_has_at_the_target_stops_a_transfer() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let apex = lab.group(None, "apex", "private").await;
    lab.group(Some(apex), "web", "private").await;
    let body = json!({"name": "web", "path": "web-2", "parent_id": acme});
    let group = lab.root().post("/groups", body).await.body["id"]
        .as_u64()
        .unwrap();
    transfer(&lab, group, Some(apex))
        .await
        .is(400, failed("Validation failed: Name has already been taken"));
}

#[tokio::test]
async fn a_transfer_needs_an_owner_here_and_a_creator_of_subgroups_there() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let apex = lab.group(None, "apex", "public").await;
    let web = lab.group(Some(acme), "web", "public").await;
    lab.member("groups/apex", 1, 50).await;
    lab.member(&format!("groups/{web}"), 1, 40).await;
    let path = format!("/groups/{web}/transfer");
    let dev = lab.dev(1);
    dev.post(&path, json!({"group_id": apex}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    lab.member(&format!("groups/{web}"), 2, 50).await;
    let owner = lab.dev(2);
    let refused = failed("You don't have enough permissions.");
    owner
        .post(&path, json!({"group_id": apex}))
        .await
        .is(400, refused.clone());
    lab.root()
        .put("/users/3", json!({"can_create_group": false}))
        .await;
    owner.post(&path, json!({})).await.is(400, refused);
    lab.member("groups/apex", 2, 40).await;
    assert_eq!(owner.post(&path, json!({"group_id": apex})).await.status, 201);
}

#[tokio::test]
async fn the_reasons_come_in_gitlabs_order() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let web = lab.group(Some(acme), "web", "public").await;
    let apex = lab.group(None, "apex", "public").await;
    lab.group(Some(apex), "web", "public").await;
    lab.member(&format!("groups/{web}"), 1, 50).await;
    let dev = lab.dev(1);
    // Where it is already comes before the right to be there, and that before the path.
    let path = format!("/groups/{web}/transfer");
    dev.post(&path, json!({"group_id": acme}))
        .await
        .is(400, failed("Group is already associated to the parent group."));
    dev.post(&path, json!({"group_id": apex}))
        .await
        .is(400, failed("You don't have enough permissions."));
    lab.root().post(&path, json!({"group_id": apex})).await.is(
        400,
        failed("The parent group already has a subgroup or a project with the same path."),
    );
}

#[tokio::test]
async fn a_target_that_is_not_there_is_404() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let hidden = lab.group(None, "hidden", "private").await;
    lab.member("groups/acme", 1, 50).await;
    let body = json!({"group_id": hidden});
    lab.dev(1)
        .post(&format!("/groups/{acme}/transfer"), body)
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
}

#[tokio::test]
async fn a_stricter_parent_lowers_the_group_and_everything_below() {
    let lab = Lab::start().await;
    let open = lab.group(None, "open", "public").await;
    let web = lab.group(Some(open), "web", "public").await;
    let site = lab.project(web, "site", "public").await;
    let closed = lab.group(None, "closed", "private").await;
    let answer = transfer(&lab, open, Some(closed)).await;
    assert_eq!(
        (answer.status, &answer.body["visibility"]),
        (201, &json!("private"))
    );
    assert_eq!(
        lab.root().get(&format!("/groups/{web}")).await.body["visibility"],
        "private"
    );
    assert_eq!(
        lab.root().get(&format!("/projects/{site}")).await.body["visibility"],
        "private"
    );
    // The way back opens nothing.
    let back = transfer(&lab, open, None).await;
    assert_eq!(back.body["visibility"], "private");
}

#[tokio::test]
async fn a_parent_without_runners_takes_them_from_what_moves_in() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let apex = lab.group(None, "apex", "private").await;
    let off = json!({"shared_runners_setting": "disabled_and_unoverridable"});
    lab.root().put("/groups/apex", off).await;
    let moved = transfer(&lab, acme, Some(apex)).await.body;
    assert_eq!(moved["shared_runners_setting"], "disabled_and_unoverridable");
}

#[tokio::test]
async fn nesting_ends_at_twenty_ancestors_for_what_moves_too() {
    let lab = Lab::start().await;
    let mut parent = None;
    for depth in 0..20 {
        parent = Some(lab.group(parent, &format!("level-{depth}"), "private").await);
    }
    let acme = lab.group(None, "acme", "private").await;
    lab.group(Some(acme), "web", "private").await;
    let answer = transfer(&lab, acme, parent).await;
    answer.is(
        400,
        failed("Validation failed: Parent has too deep level of nesting"),
    );
}

#[tokio::test]
async fn whoever_brings_a_group_without_owners_to_the_top_level_owns_it() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    lab.member("groups/acme", 1, 50).await;
    let members = format!("/groups/{web}/members");
    lab.root().delete(&format!("{members}/1"), Value::Null).await;
    let answer = lab
        .dev(1)
        .post(&format!("/groups/{web}/transfer"), json!({}))
        .await;
    assert_eq!(answer.status, 201);
    assert_eq!(lab.dev(1).get(&members).await.column("username"), ["dev-0001"]);
}

/// An instance that moves groups later, with a clock, and `acme/web` and `apex` in it.
async fn moving_later() -> (Lab, std::sync::Arc<HandClock>, u64, u64, u64) {
    let clock = HandClock::new();
    let options = Options::empty().users(3).clock(clock.clone());
    let lab = Lab::with(options.background(Background::After(Duration::from_secs(5)))).await;
    lab.root()
        .post(
            "/features/groups_and_projects_async_transfer",
            json!({"value": true}),
        )
        .await;
    let acme = lab.group(None, "acme", "private").await;
    let apex = lab.group(None, "apex", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    (lab, clock, acme, apex, web)
}

#[tokio::test]
async fn a_queued_transfer_shows_the_old_parent_until_it_is_done() {
    let (lab, clock, acme, apex, web) = moving_later().await;
    let answer = transfer(&lab, web, Some(apex)).await;
    assert_eq!((answer.status, &answer.body["parent_id"]), (201, &json!(acme)));
    let path = format!("/groups/{web}");
    assert_eq!(lab.root().get(&path).await.body["full_path"], "acme/web");
    clock.advance(Duration::from_secs(5));
    assert_eq!(lab.root().get(&path).await.body["full_path"], "apex/web");
}

#[tokio::test]
async fn a_second_transfer_while_one_is_queued_is_refused() {
    let (lab, clock, _, apex, web) = moving_later().await;
    transfer(&lab, web, Some(apex)).await;
    let text = "Unable to initiate transfer. The group may already have a transfer in progress.";
    transfer(&lab, web, None).await.is(400, json!({"message": text}));
    clock.advance(Duration::from_secs(5));
    assert_eq!(transfer(&lab, web, None).await.status, 201);
}

#[tokio::test]
async fn a_queued_transfer_is_refused_at_once_without_the_words_before_the_reason() {
    let (lab, _, acme, _, web) = moving_later().await;
    transfer(&lab, web, Some(acme)).await.is(
        400,
        json!({"message": "Group is already associated to the parent group."}),
    );
}

#[tokio::test]
async fn a_queued_transfer_that_fails_later_leaves_the_group_where_it_is() {
    let (lab, clock, _, apex, web) = moving_later().await;
    transfer(&lab, web, Some(apex)).await;
    lab.group(Some(apex), "web", "private").await;
    clock.advance(Duration::from_secs(5));
    let path = format!("/groups/{web}");
    assert_eq!(lab.root().get(&path).await.body["full_path"], "acme/web");
    // It may be tried again.
    assert_eq!(transfer(&lab, web, None).await.status, 201);
}

#[tokio::test]
async fn transfer_locations_are_where_the_viewer_may_create_subgroups() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let ui = lab.group(Some(web), "ui", "private").await;
    let apex = lab.group(None, "apex", "private").await;
    lab.group(None, "open", "public").await;
    lab.member("groups/acme", 1, 50).await;
    lab.member("groups/apex", 1, 40).await;
    let below = lab.group(Some(apex), "below", "private").await;
    let path = format!("/groups/{web}/transfer_locations");
    let seen = lab.dev(1).get(&path).await;
    assert_eq!(seen.column("id"), [apex.to_string(), below.to_string()]);
    assert_eq!(
        seen.body[1],
        json!({
            "id": below, "web_url": format!("{}/groups/apex/below", lab.gitlab.url()), "name": "below",
            "avatar_url": null, "full_name": "apex / below", "full_path": "apex/below",
        })
    );
    same_shape(&seen, "group_transfer_location");
    let found = lab.dev(1).get(&format!("{path}?search=belo")).await;
    assert_eq!(found.column("name"), ["below"]);
    let all = lab.root().get(&format!("/groups/{ui}/transfer_locations")).await;
    assert_eq!(all.column("full_path"), ["acme", "apex", "open", "apex/below"]);
    lab.dev(2)
        .get(&path)
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
}

#[tokio::test]
async fn an_administrator_moves_a_project_into_a_group_and_sees_the_group() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let apex = lab.group(None, "apex", "private").await;
    let site = lab.project(acme, "site", "public").await;
    let path = format!("/groups/{apex}/projects/{site}");
    lab.member("groups/acme", 1, 50).await;
    lab.member("groups/apex", 1, 50).await;
    lab.dev(1)
        .post(&path, json!({}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    let answer = lab.root().post(&path, json!({})).await;
    assert_eq!((answer.status, &answer.body["id"]), (201, &json!(apex)));
    assert_eq!(answer.body["projects"][0]["path_with_namespace"], "apex/site");
    assert_eq!(answer.body["projects"][0]["visibility"], "private");
    let twice = "Failed to transfer project {:new_namespace=>[\"Project is already in this namespace.\"]}";
    lab.root()
        .post(&path, json!({}))
        .await
        .is(400, json!({"message": twice}));
}
