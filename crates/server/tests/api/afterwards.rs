//! After a job: undone, verified, settled.

use std::time::Duration;

use gitlab_sim::{Fault, Options, Simulator, Tier};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, groups};

#[tokio::test]
async fn a_job_is_undone_by_another_that_waits_to_be_started() {
    let world = World::new().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme"]).await;
    world.job_when(&root, &id, "completed").await;

    let created = root.get(&format!("/api/jobs/{id}/items")).await.json();
    let acme = created["items"][0]["result"]["id"].as_u64().unwrap();
    let undo = root.post(&format!("/api/jobs/{id}/undo"), json!({})).await;
    assert_eq!((undo.status.as_u16(), &undo.json()["undoOf"]), (201, &json!(id)));
    let undoing = undo.json()["id"].as_str().unwrap().to_owned();
    let planned = world.job_when(&root, &undoing, "planned").await;
    assert!(
        world.sim.group("acme").is_some(),
        "nothing is done before it is started"
    );
    let items = root.get(&format!("/api/jobs/{undoing}/items")).await.json();
    assert_eq!(items["items"][0]["target"], "acme");

    let confirm = json!({ "confirm": planned["confirmation"] });
    let started = root.post(&format!("/api/jobs/{undoing}/start"), confirm).await;
    assert_eq!(started.status, 200, "{}", started.text);
    world.job_when(&root, &undoing, "completed").await;
    // GitLab gives the path free at once (GitLab API facts §7.1.6), and keeps the group for a while.
    let marked = format!("acme-deletion_scheduled-{acme}");
    let acme = world.sim.group(&marked).expect("GitLab keeps it for a while");
    assert!(acme.marked_for_deletion);
}

#[tokio::test]
async fn what_has_done_nothing_is_neither_undone_nor_verified() {
    let world = World::new().await;
    let root = world.root().await;
    let mut body = groups(&["acme"]);
    body["start"] = json!(false);
    let created = root.post("/api/jobs", body).await.json();
    let id = created["id"].as_str().unwrap();
    world.job_when(&root, id, "planned").await;
    let undo = root.post(&format!("/api/jobs/{id}/undo"), json!({})).await;
    assert_eq!(
        undo.error(),
        format!("409 CONFLICT job {id} is still planned; undo it when it has ended")
    );
    let verify = root.post(&format!("/api/jobs/{id}/verify"), json!({})).await;
    assert_eq!(
        verify.error(),
        format!("409 CONFLICT job {id} is still planned; verify it when it has ended")
    );
    root.delete(&format!("/api/jobs/{id}")).await;
    let undo = root.post(&format!("/api/jobs/{id}/undo"), json!({})).await;
    assert_eq!(
        undo.error(),
        format!("409 CONFLICT job {id} has done nothing that could be undone")
    );
}

#[tokio::test]
async fn verifying_answers_at_once_and_the_differences_come_later() {
    let world = World::new().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme"]).await;
    world.job_when(&root, &id, "completed").await;
    let headers = [("content-type", "application/json")];
    let renamed = root
        .send(
            Method::PUT,
            "/api/gitlab/groups/acme",
            &headers,
            r#"{"name":"Other"}"#,
        )
        .await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);

    let verify = root.post(&format!("/api/jobs/{id}/verify"), json!({})).await;
    assert_eq!(verify.status, 202);
    world
        .until(async || {
            let job = root.get(&format!("/api/jobs/{id}")).await.json();
            job["verifiedAt"].is_string().then_some(())
        })
        .await;
    let items = root.get(&format!("/api/jobs/{id}/items")).await.json();
    assert_eq!(
        items["items"][0]["differences"],
        json!([{ "field": "name", "from": "acme", "to": "Other" }])
    );
}

#[tokio::test]
async fn asking_to_verify_again_while_it_is_done_does_it_once() {
    let world = World::new().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme"]).await;
    world.job_when(&root, &id, "completed").await;
    let looks = || {
        let journal = world.sim.journal(0);
        let of_acme = |path: &str| path.starts_with("/api/v4/groups");
        journal
            .iter()
            .filter(|entry| entry.method == "GET" && of_acme(&entry.path))
            .count()
    };
    let path = format!("/api/jobs/{id}/verify");
    let verified = async |before: Value| {
        world
            .until(async || {
                let job = root.get(&format!("/api/jobs/{id}")).await.json();
                (job["verifiedAt"] != before).then(|| job["verifiedAt"].clone())
            })
            .await
    };
    let before = looks();
    assert_eq!(root.post(&path, json!({})).await.status, 202);
    let once = verified(Value::Null).await;
    let of_one = looks() - before;
    assert!(of_one > 0);

    // The first answer takes its time, so that both are asked for meanwhile.
    let late = Fault::get("/api/v4/groups/**")
        .times(1)
        .delay(Duration::from_secs(1));
    world.sim.fault(late);
    let before = looks();
    for _ in 0..3 {
        assert_eq!(root.post(&path, json!({})).await.status, 202);
    }
    verified(once).await;
    assert_eq!(looks() - before, of_one);
}

#[tokio::test]
async fn only_an_unconfirmed_item_is_settled_and_with_a_word_that_means_something() {
    let world = World::new().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme"]).await;
    world.job_when(&root, &id, "completed").await;
    let resolve = async |index: &str, outcome: &str| {
        let path = format!("/api/jobs/{id}/items/{index}/resolve");
        root.post(&path, json!({ "outcome": outcome })).await
    };
    let wrong = resolve("0", "perhaps").await;
    assert_eq!(wrong.status, 400);
    assert!(
        wrong
            .text
            .contains("expected one of `succeeded`, `failed`, `retry`"),
        "{}",
        wrong.text
    );
    assert_eq!(resolve("x", "failed").await.status, 404);
    assert_eq!(resolve("9", "failed").await.status, 404);
    assert_eq!(
        resolve("0", "failed").await.error(),
        format!(
            "409 CONFLICT item 0 of job {id} is succeeded; only an unconfirmed item is settled by a person"
        )
    );
}

#[tokio::test]
async fn a_person_settles_what_nobody_can_tell_in_one_of_three_ways() {
    let world = World::new().await;
    let premium = Simulator::start_with(Options::empty().users(2).tier(Tier::Premium))
        .await
        .unwrap();
    let root = world.server.signed_in(&premium, "root").await;
    let stranger = world.server.signed_in(&premium, "dev-0002").await;
    let number = stranger.get("/api/auth/session").await.json()["user"]["id"].clone();
    root.post("/api/gitlab/groups", json!({ "name": "acme", "path": "acme" }))
        .await;
    let acme = premium.group_id("acme").unwrap().0;
    for path in ["one", "two", "three"] {
        let project = json!({ "name": path, "path": path, "namespace_id": acme });
        assert_eq!(root.post("/api/gitlab/projects", project).await.status, 201);
    }
    // The answers are lost, and GitLab leaves somebody without access out without a word.
    premium.fault(Fault::post("/api/v4/projects/*/approval_rules").accept_then_drop());
    let items: Vec<_> = ["one", "two", "three"]
        .map(|path| {
            json!({ "project": format!("acme/{path}"), "name": "Security", "approvals_required": 1,
                "users": [number.to_string()] })
        })
        .into();
    let body = json!({ "type": "bulk_set_approval_rules", "data": { "items": items } });
    let made = root.post("/api/jobs", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(job["unconfirmedCount"], 3);
    let page = root
        .get(&format!("/api/jobs/{id}/items?status=unconfirmed"))
        .await
        .json();
    let look_at = &page["items"][0]["lookAt"];
    assert!(
        look_at["message"].is_string() && look_at["url"].as_str().unwrap().starts_with(premium.url()),
        "{look_at}"
    );
    for (index, outcome, status) in [
        (0, "succeeded", "succeeded"),
        (1, "failed", "failed"),
        (2, "retry", "pending"),
    ] {
        let path = format!("/api/jobs/{id}/items/{index}/resolve");
        let settled = root.post(&path, json!({ "outcome": outcome })).await;
        assert_eq!(
            (settled.status.as_u16(), &settled.json()["status"]),
            (200, &json!(status)),
            "{}",
            settled.text
        );
    }
    let job = root.get(&format!("/api/jobs/{id}")).await.json();
    assert_eq!(
        (
            &job["status"],
            &job["successCount"],
            &job["failureCount"],
            &job["unconfirmedCount"]
        ),
        (&json!("paused"), &json!(1), &json!(1), &json!(0))
    );
}

#[tokio::test]
async fn of_what_failed_only_what_has_one_code_is_tried_again() {
    let world = World::new().await;
    let root = world.root().await;
    world.sim.fault(Fault::post("/api/v4/groups").nth(1).status(403));
    world.sim.fault(Fault::post("/api/v4/groups").nth(2).status(400));
    let id = root.create_groups(&["acme", "beta"]).await;
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(job["failureCount"], 2);
    let failed = root
        .get(&format!("/api/jobs/{id}/items?status=failed"))
        .await
        .json();
    let of = |status: u16| {
        let items = failed["items"].as_array().unwrap();
        let found = items.iter().find(|item| item["error"]["gitlabStatus"] == status);
        found.cloned().unwrap_or_else(|| panic!("{failed}"))
    };
    let (forbidden, wrong) = (of(403), of(400));
    assert_ne!(forbidden["error"]["code"], wrong["error"]["code"]);
    let retry = root
        .post(
            &format!("/api/jobs/{id}/retry"),
            json!({ "code": forbidden["error"]["code"] }),
        )
        .await;
    assert_eq!(
        (
            retry.status.as_u16(),
            &retry.json()["total"],
            &retry.json()["retryOf"]
        ),
        (201, &json!(1), &json!(id))
    );
    let again = retry.json()["id"].as_str().unwrap().to_owned();
    world.job_when(&root, &again, "completed").await;
    let page = root.get(&format!("/api/jobs/{again}/items")).await.json();
    assert_eq!(page["items"][0]["target"], forbidden["target"]);
    assert!(world.sim.group(wrong["target"].as_str().unwrap()).is_none());
    let none = root
        .post(
            &format!("/api/jobs/{id}/retry"),
            json!({ "code": "NO_SUCH_CODE" }),
        )
        .await;
    assert_eq!(none.status, 409, "{}", none.text);
}
