//! Deletion in two steps, and the way back (§7.1.6, §7.1.7, §7.2.7, B.3).

use serde_json::json;

use crate::client::Lab;

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
