//! Deletion in two steps, and the way back (§7.1.6, §7.1.7, §7.2.7, B.3).

use std::time::Duration;

use gitlab_sim::{Background, Options};
use serde_json::json;

use crate::client::Lab;
use crate::clock::HandClock;

const ACCEPTED: &str = "202 Accepted";

#[tokio::test]
async fn deleting_a_group_renames_it_and_frees_the_path_at_once() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let pay = lab.group(Some(acme), "payments", "private").await;
    lab.project(pay, "api", "private").await;
    lab.root()
        .delete(&format!("/groups/{pay}"), json!(null))
        .await
        .is(202, json!({"message": ACCEPTED}));
    let marked = lab.root().get(&format!("/groups/{pay}")).await.body;
    assert_eq!(marked["path"], format!("payments-deletion_scheduled-{pay}"));
    assert_eq!(marked["name"], format!("payments-deletion_scheduled-{pay}"));
    assert!(marked["marked_for_deletion_on"].is_string());
    assert!(
        lab.gitlab
            .project(&format!("acme/payments-deletion_scheduled-{pay}/api"))
            .is_some()
    );
    lab.root()
        .get("/groups/acme%2Fpayments")
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
    lab.group(Some(acme), "payments", "private").await;
    let taken = lab
        .root()
        .post(&format!("/groups/{pay}/restore"), json!(null))
        .await;
    assert_eq!(taken.status, 400);
}

#[tokio::test]
async fn a_second_deletion_of_a_group_is_refused_and_one_below_it_does_nothing() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let site = lab.project(web, "site", "private").await;
    lab.root().delete("/groups/acme", json!(null)).await;
    lab.root()
        .delete(&format!("/groups/{acme}"), json!(null))
        .await
        .is(
            400,
            json!({"message": "Group has been already marked for deletion"}),
        );
    let applied = lab.gitlab.stats().writes.applied;
    lab.root()
        .delete(&format!("/groups/{web}"), json!(null))
        .await
        .is(202, json!({"message": ACCEPTED}));
    lab.root()
        .delete(&format!("/projects/{site}"), json!(null))
        .await
        .is(202, json!({"message": ACCEPTED}));
    assert_eq!(lab.gitlab.stats().writes.applied, applied);
    // The child shows no mark of its own.
    assert_eq!(
        lab.root().get(&format!("/groups/{web}")).await.body["marked_for_deletion_on"],
        json!(null)
    );
}

#[tokio::test]
async fn restoring_gives_name_and_path_back() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.root()
        .post(&format!("/groups/{acme}/restore"), json!(null))
        .await
        .is(400, json!({"message": "Group has not been marked for deletion"}));
    lab.root().delete("/groups/acme", json!(null)).await;
    let restored = lab
        .root()
        .post(&format!("/groups/{acme}/restore"), json!(null))
        .await;
    assert_eq!(
        (restored.status, restored.body["full_path"].as_str()),
        (201, Some("acme"))
    );
    assert_eq!(restored.body["marked_for_deletion_on"], json!(null));
}

#[tokio::test]
async fn removing_a_group_for_good_needs_the_mark_and_the_path_as_it_is() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let pay = lab.group(Some(acme), "payments", "private").await;
    lab.project(pay, "api", "private").await;
    lab.member(&format!("groups/{pay}"), 1, 30).await;
    let remove = async |full_path: &str| {
        let body = json!({"permanently_remove": true, "full_path": full_path});
        lab.root().delete(&format!("/groups/{pay}"), body).await
    };
    remove("acme/payments").await.is(
        400,
        json!({"message": "Group must be marked for deletion first."}),
    );
    lab.root().delete(&format!("/groups/{pay}"), json!(null)).await;
    let text = "`full_path` is incorrect. You must enter the complete path for the subgroup.";
    remove("acme/payments").await.is(400, json!({"message": text}));
    let current = format!("acme/payments-deletion_scheduled-{pay}");
    remove(&current).await.is(202, json!({"message": ACCEPTED}));
    assert_eq!(lab.root().get(&format!("/groups/{pay}")).await.status, 404);
    let entities = lab.gitlab.stats().entities;
    assert_eq!((entities.groups, entities.projects, entities.members), (1, 0, 1));
}

#[tokio::test]
async fn a_top_level_group_is_never_removed_at_once() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.root().delete("/groups/acme", json!(null)).await;
    let body = json!({"permanently_remove": true, "full_path": format!("acme-deletion_scheduled-{acme}")});
    let text = "`permanently_remove` option is only available for subgroups.";
    lab.root()
        .delete(&format!("/groups/{acme}"), body)
        .await
        .is(400, json!({"message": text}));
}

#[tokio::test]
async fn a_project_goes_the_same_way() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "ledger", "private").await;
    let path = format!("/projects/{id}");
    let early = json!({"permanently_remove": true, "full_path": "acme/ledger"});
    let text = "Project must be marked for deletion first.";
    lab.root()
        .delete(&path, early)
        .await
        .is(400, json!({"message": text}));
    lab.root()
        .delete(&path, json!(null))
        .await
        .is(202, json!({"message": ACCEPTED}));
    let marked = lab.root().get(&path).await.body;
    assert_eq!(marked["path"], format!("ledger-deletion_scheduled-{id}"));
    assert_eq!(marked["archived"], true);
    assert!(marked["marked_for_deletion_on"].is_string());
    assert_eq!(marked["marked_for_deletion_at"], marked["marked_for_deletion_on"]);
    // The old path redirects to it until someone takes it.
    assert_eq!(lab.root().get("/projects/acme%2Fledger").await.status, 301);
    let again = "Project has been already marked for deletion";
    lab.root()
        .delete(&path, json!(null))
        .await
        .is(400, json!({"message": again}));
    let restored = lab.root().post(&format!("{path}/restore"), json!(null)).await;
    assert_eq!(
        (restored.status, restored.body["path"].as_str()),
        (201, Some("ledger"))
    );
    assert_eq!(restored.body["archived"], false);
    lab.root().delete(&path, json!(null)).await;
    let full_path = format!("acme/ledger-deletion_scheduled-{id}");
    let body = json!({"permanently_remove": true, "full_path": full_path});
    lab.root()
        .delete(&path, body)
        .await
        .is(202, json!({"message": ACCEPTED}));
    lab.root()
        .get(&path)
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
}

#[tokio::test]
async fn what_is_marked_or_archived_can_be_left_out_of_lists() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let gone = lab.group(Some(acme), "gone", "private").await;
    lab.project(gone, "in-gone", "private").await;
    lab.project(acme, "stays", "private").await;
    let old = lab.project(acme, "old", "private").await;
    lab.root().delete(&format!("/groups/{gone}"), json!(null)).await;
    lab.root()
        .post(&format!("/projects/{old}/archive"), json!(null))
        .await;
    assert_eq!(
        lab.root().get("/groups?active=true").await.column("path"),
        ["acme"]
    );
    assert_eq!(
        lab.root().get("/groups?active=false").await.column("id"),
        [gone.to_string()]
    );
    assert_eq!(
        lab.root().get("/projects?active=true").await.column("path"),
        ["stays"]
    );
    assert_eq!(
        lab.root().get("/projects?archived=false").await.column("path"),
        ["stays", "in-gone"]
    );
    assert_eq!(
        lab.root().get("/projects?archived=true").await.column("path"),
        ["old"]
    );
}

#[tokio::test]
async fn a_group_goes_for_good_when_its_days_have_passed() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().users(1).clock(clock.clone())).await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    lab.project(web, "site", "private").await;
    lab.root().delete("/groups/acme", json!(null)).await;
    clock.advance(Duration::from_hours(24 * 29));
    assert_eq!(lab.root().get(&format!("/groups/{acme}")).await.status, 200);
    clock.advance(Duration::from_hours(24));
    for id in [acme, web] {
        lab.root()
            .get(&format!("/groups/{id}"))
            .await
            .is(404, json!({"message": "404 Group Not Found"}));
    }
    assert_eq!(lab.gitlab.stats().entities.projects, 0);
}

#[tokio::test]
async fn the_retention_is_the_instances_as_it_is_on_the_day() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().clock(clock.clone())).await;
    let days = async |days: u32| {
        let body = json!({"deletion_adjourned_period": days});
        let answer = lab.root().put("/application/settings", body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    let acme = lab.group(None, "acme", "private").await;
    days(2).await;
    lab.root().delete("/groups/acme", json!(null)).await;
    days(5).await;
    let path = format!("/groups/{acme}");
    clock.advance(Duration::from_hours(24 * 4));
    assert_eq!(lab.root().get(&path).await.status, 200);
    clock.advance(Duration::from_hours(24));
    assert_eq!(lab.root().get(&path).await.status, 404);
}

#[tokio::test]
async fn a_restored_group_stays_when_the_days_of_its_first_mark_pass() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().clock(clock.clone())).await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}");
    lab.root().delete(&path, json!(null)).await;
    clock.advance(Duration::from_hours(24));
    lab.root().post(&format!("{path}/restore"), json!(null)).await;
    lab.root().delete(&path, json!(null)).await;
    clock.advance(Duration::from_hours(24 * 29));
    assert_eq!(lab.root().get(&path).await.status, 200);
    clock.advance(Duration::from_hours(24));
    assert_eq!(lab.root().get(&path).await.status, 404);
}

/// A subgroup that was asked to go for good, with the clock: it takes five seconds.
async fn going() -> (Lab, std::sync::Arc<HandClock>, u64, serde_json::Value) {
    let clock = HandClock::new();
    let options = Options::empty().users(1).clock(clock.clone());
    let lab = Lab::with(options.background(Background::After(Duration::from_secs(5)))).await;
    let acme = lab.group(None, "acme", "private").await;
    let pay = lab.group(Some(acme), "payments", "private").await;
    let path = format!("/groups/{pay}");
    lab.root().delete(&path, json!(null)).await;
    let full_path = format!("acme/payments-deletion_scheduled-{pay}");
    let body = json!({"permanently_remove": true, "full_path": full_path});
    lab.root()
        .delete(&path, body.clone())
        .await
        .is(202, json!({"message": ACCEPTED}));
    (lab, clock, pay, body)
}

#[tokio::test]
async fn a_group_on_its_way_out_is_shown_until_a_worker_is_done() {
    let (lab, clock, pay, body) = going().await;
    let path = format!("/groups/{pay}");
    assert_eq!(lab.root().get(&path).await.status, 200);
    // Asking again is accepted meanwhile.
    lab.root()
        .delete(&path, body)
        .await
        .is(202, json!({"message": ACCEPTED}));
    clock.advance(Duration::from_secs(5));
    lab.root()
        .get(&path)
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
}

#[tokio::test]
async fn the_path_of_a_group_on_its_way_out_is_taken_until_it_is_gone() {
    let (lab, clock, pay, _) = going().await;
    let path = format!("payments-deletion_scheduled-{pay}");
    let body = json!({"name": "Again", "path": path, "parent_id": lab.gitlab.group_id("acme").unwrap()});
    let taken = "Failed to save group {:path=>[\"has already been taken\"]}";
    lab.root()
        .post("/groups", body.clone())
        .await
        .is(400, json!({"message": taken}));
    clock.advance(Duration::from_secs(5));
    assert_eq!(lab.root().post("/groups", body).await.status, 201);
}

#[tokio::test]
async fn a_group_on_its_way_out_is_past_restoring() {
    let (lab, _, pay, _) = going().await;
    lab.root()
        .post(&format!("/groups/{pay}/restore"), json!(null))
        .await
        .is(400, json!({"message": "Group deletion is in progress"}));
}

#[tokio::test]
async fn restoring_to_a_path_that_was_taken_meanwhile_says_so() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    lab.root().delete(&format!("/groups/{web}"), json!(null)).await;
    let other = json!({"name": "Other", "path": "web", "parent_id": acme});
    lab.root().post("/groups", other).await;
    lab.root()
        .post(&format!("/groups/{web}/restore"), json!(null))
        .await
        .is(400, json!({"message": "Path has already been taken"}));
}

#[tokio::test]
async fn a_deletion_can_be_asked_for_on_condition_that_nothing_changed() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().clock(clock.clone())).await;
    lab.group(None, "acme", "private").await;
    let since = async |date: &str| {
        let root = lab.root().with_header("If-Unmodified-Since", date);
        root.delete("/groups/acme", json!(null)).await
    };
    clock.advance(Duration::from_hours(1));
    lab.root()
        .put("/groups/acme", json!({"description": "new"}))
        .await;
    since("Mon, 02 Mar 2026 09:30:00 GMT")
        .await
        .is(412, json!({"message": "412 Precondition Failed"}));
    since("Mon, 02 Mar 2026 10:15:00 GMT")
        .await
        .is(202, json!({"message": ACCEPTED}));
}

#[tokio::test]
async fn a_condition_in_whole_seconds_may_refuse_what_just_changed() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().clock(clock.clone())).await;
    // Half a second past the full one.
    lab.group(None, "acme", "private").await;
    let root = lab
        .root()
        .with_header("If-Unmodified-Since", "Mon, 02 Mar 2026 09:14:07 GMT");
    root.delete("/groups/acme", json!(null))
        .await
        .is(412, json!({"message": "412 Precondition Failed"}));
}

#[tokio::test]
async fn a_group_is_not_archived_while_it_is_scheduled_nor_unarchived_twice() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}");
    lab.root()
        .post(&format!("{path}/unarchive"), json!(null))
        .await
        .is(422, json!({"message": "Group is already unarchived!"}));
    lab.root().delete(&path, json!(null)).await;
    let text = "Cannot archive group since it is scheduled for deletion.";
    lab.root()
        .post(&format!("{path}/archive"), json!(null))
        .await
        .is(422, json!({"message": text}));
}

#[tokio::test]
async fn a_scheduled_group_and_what_is_in_it_can_still_be_read() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.member("groups/acme", 1, 20).await;
    lab.root().delete("/groups/acme", json!(null)).await;
    assert_eq!(lab.dev(1).get(&format!("/groups/{acme}")).await.status, 200);
    assert_eq!(lab.dev(1).get(&format!("/projects/{site}")).await.status, 200);
}

#[tokio::test]
async fn a_group_keeps_its_path_when_the_flag_for_renaming_is_turned_off() {
    let lab = Lab::start().await;
    let flag = "/features/rename_group_path_upon_deletion_scheduling";
    lab.root().post(flag, json!({"value": false})).await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let path = format!("/groups/{web}");
    lab.root().delete(&path, json!(null)).await;
    let marked = lab.root().get(&path).await.body;
    assert_eq!((&marked["path"], &marked["name"]), (&json!("web"), &json!("web")));
    assert!(marked["marked_for_deletion_on"].is_string());
    let restored = lab.root().post(&format!("{path}/restore"), json!(null)).await;
    assert_eq!((restored.status, &restored.body["path"]), (201, &json!("web")));
}
