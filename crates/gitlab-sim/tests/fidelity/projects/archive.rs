//! Archiving projects (§5.4, §7.2.8).

use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn archiving_answers_201_and_refuses_a_repetition() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let answer = lab
        .root()
        .post(&format!("/projects/{id}/archive"), json!(null))
        .await;
    assert_eq!(
        (answer.status, answer.body["archived"].as_bool()),
        (201, Some(true))
    );
    let again = lab
        .root()
        .post(&format!("/projects/{id}/archive"), json!(null))
        .await;
    again.is(400, json!({"message": "Project is already archived!"}));
    lab.root()
        .put(&format!("/projects/{id}"), json!({"description": "x"}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    let answer = lab
        .root()
        .post(&format!("/projects/{id}/unarchive"), json!(null))
        .await;
    assert_eq!(
        (answer.status, answer.body["archived"].as_bool()),
        (201, Some(false))
    );
}

#[tokio::test]
async fn an_archived_project_refuses_writes_and_serves_reads() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let ops = lab.group(None, "ops", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let root = lab.root();
    root.post(&format!("/projects/{id}/archive"), json!(null)).await;
    let forbidden = json!({"message": "403 Forbidden"});
    let badge = json!({"link_url": "http://a.example", "image_url": "http://a.example/b.svg"});
    let share = json!({"group_id": ops, "group_access": 30});
    root.put(&format!("/projects/{id}"), json!({"description": "x"}))
        .await
        .is(403, forbidden.clone());
    root.post(&format!("/projects/{id}/badges"), badge)
        .await
        .is(403, forbidden.clone());
    root.post(&format!("/projects/{id}/share"), share)
        .await
        .is(403, forbidden);
    for read in ["", "/badges", "/users", "/groups", "/forks", "/languages"] {
        let answer = root.get(&format!("/projects/{id}{read}")).await;
        assert_eq!(answer.status, 200, "{read}");
    }
}

#[tokio::test]
async fn an_archived_project_can_be_transferred_and_deleted() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let net = lab.group(None, "net", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let root = lab.root();
    root.post(&format!("/projects/{id}/archive"), json!(null)).await;
    let moved = root
        .put(&format!("/projects/{id}/transfer"), json!({"namespace": net}))
        .await;
    assert_eq!((moved.status, &moved.body["archived"]), (200, &json!(true)));
    let deleted = root.delete(&format!("/projects/{id}"), json!(null)).await;
    assert_eq!(deleted.status, 202);
}

#[tokio::test]
async fn below_an_archived_group_projects_are_archived_and_not_turned() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let root = lab.root();
    root.post(&format!("/groups/{acme}/archive"), json!(null)).await;
    assert_eq!(root.get(&format!("/projects/{id}")).await.body["archived"], true);
    assert_eq!(
        root.put(&format!("/projects/{id}"), json!({"description": "x"}))
            .await
            .status,
        403
    );
    let text = "Cannot archive project since one of the ancestors is already archived.";
    root.post(&format!("/projects/{id}/archive"), json!(null))
        .await
        .is(400, json!({"message": text}));
    let text = "Cannot unarchive project since one of the ancestors is archived.";
    root.post(&format!("/projects/{id}/unarchive"), json!(null))
        .await
        .is(400, json!({"message": text}));
}

#[tokio::test]
async fn a_project_on_its_way_out_is_not_archived() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.root().delete(&format!("/projects/{id}"), json!(null)).await;
    let text = "Cannot archive project since it is scheduled for deletion.";
    lab.root()
        .post(&format!("/projects/{id}/archive"), json!(null))
        .await
        .is(400, json!({"message": text}));
}

#[tokio::test]
async fn a_project_is_archived_by_its_owners() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.member(&format!("projects/{id}"), 1, 40).await;
    for verb in ["archive", "unarchive"] {
        lab.dev(1)
            .post(&format!("/projects/{id}/{verb}"), json!(null))
            .await
            .is(403, json!({"message": "403 Forbidden"}));
    }
}
