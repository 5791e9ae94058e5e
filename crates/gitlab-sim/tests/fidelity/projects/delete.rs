//! Projects on their way out (§7.2.3, §7.2.7, §10.3).

use std::time::Duration;

use serde_json::json;

use super::slow_lab;
use crate::client::Lab;

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn a_scheduled_project_is_found_by_id_and_by_its_path_with_the_suffix() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.root().delete(&format!("/projects/{id}"), json!(null)).await;
    for reference in [id.to_string(), format!("acme%2Fsite-deletion_scheduled-{id}")] {
        let found = lab.root().get(&format!("/projects/{reference}")).await;
        assert_eq!((found.status, &found.body["id"]), (200, &json!(id)));
    }
    assert_eq!(lab.project(acme, "site", "private").await, id + 1);
}

#[tokio::test]
async fn a_project_being_removed_is_404_at_once_and_its_path_is_free_when_the_worker_is_done() {
    let (lab, clock) = slow_lab().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}");
    lab.root().delete(&path, json!(null)).await;
    let suffixed = format!("site-deletion_scheduled-{id}");
    let body = json!({"permanently_remove": true, "full_path": format!("acme/{suffixed}")});
    lab.root()
        .delete(&path, body)
        .await
        .is(202, json!({"message": "202 Accepted"}));
    lab.root()
        .get(&path)
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
    let again = json!({"name": "Another", "path": suffixed, "namespace_id": acme});
    let text = "The project is still being deleted. Please try again later.";
    lab.root()
        .post("/projects", again.clone())
        .await
        .is(400, json!({"message": {"base": [text]}}));
    clock.advance(Duration::from_secs(5));
    assert_eq!(lab.root().post("/projects", again).await.status, 201);
}

#[tokio::test]
async fn what_is_being_removed_is_listed_for_administrators_who_ask() {
    let (lab, _) = slow_lab().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let path = format!("/projects/{id}");
    lab.root().delete(&path, json!(null)).await;
    let full_path = format!("acme/site-deletion_scheduled-{id}");
    let body = json!({"permanently_remove": true, "full_path": full_path});
    lab.root().delete(&path, body).await;
    let ids = async |actor: crate::client::Actor, query: &str| {
        actor.get(&format!("/projects{query}")).await.column("id")
    };
    assert_eq!(ids(lab.root(), "").await, [""; 0]);
    assert_eq!(
        ids(lab.root(), "?include_pending_delete=true").await,
        [id.to_string()]
    );
    assert_eq!(ids(lab.dev(1), "?include_pending_delete=true").await, [""; 0]);
}

#[tokio::test]
async fn a_scheduled_project_goes_when_its_days_have_passed() {
    let (lab, clock) = slow_lab().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}");
    lab.root().delete(&path, json!(null)).await;
    clock.advance(DAY * 29);
    assert_eq!(lab.root().get(&path).await.status, 200);
    clock.advance(DAY * 2);
    assert_eq!(lab.root().get(&path).await.status, 404);
}

#[tokio::test]
async fn a_restored_project_stays_although_its_days_have_passed() {
    let (lab, clock) = slow_lab().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}");
    lab.root().delete(&path, json!(null)).await;
    clock.advance(DAY * 3);
    lab.root().post(&format!("{path}/restore"), json!(null)).await;
    clock.advance(DAY * 60);
    assert_eq!(lab.root().get(&path).await.body["path"], "site");
}

#[tokio::test]
async fn only_a_scheduled_project_is_restored() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.root()
        .post(&format!("/projects/{id}/restore"), json!(null))
        .await
        .is(
            400,
            json!({"message": "Project has not been marked for deletion"}),
        );
}

#[tokio::test]
async fn a_project_whose_old_path_is_taken_is_not_restored() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.root().delete(&format!("/projects/{id}"), json!(null)).await;
    lab.project(acme, "site", "private").await;
    let refused = lab
        .root()
        .post(&format!("/projects/{id}/restore"), json!(null))
        .await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["message"]["path"], json!(["has already been taken"]));
}

#[tokio::test]
async fn a_deletion_on_the_condition_that_nothing_changed_is_412_otherwise() {
    let (lab, clock) = slow_lab().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}");
    let before = "Mon, 02 Mar 2026 09:14:00 GMT";
    let delete = async |since: &str| {
        let actor = lab.root().with_header("If-Unmodified-Since", since);
        actor.delete(&path, json!(null)).await.status
    };
    assert_eq!(delete(before).await, 412);
    clock.advance(DAY);
    assert_eq!(delete("Tue, 03 Mar 2026 00:00:00 GMT").await, 202);
}

#[tokio::test]
async fn a_project_is_scheduled_restored_and_removed_by_its_owners() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.member(&format!("projects/{id}"), 1, 40).await;
    let forbidden = json!({"message": "403 Forbidden"});
    let path = format!("/projects/{id}");
    lab.dev(1)
        .delete(&path, json!(null))
        .await
        .is(403, forbidden.clone());
    let restore = format!("{path}/restore");
    lab.dev(1).post(&restore, json!(null)).await.is(403, forbidden);
}
