//! The audit trail: who did what, to what, from where, with what outcome.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use server::InboundLimit;
use storage::Audit as _;

use crate::world::{Person, World};

async fn entries(person: &Person, query: &str) -> Vec<Value> {
    let answer = person.get(&format!("/api/audit?limit=1000{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["entries"].as_array().unwrap().clone()
}

/// `sign_in succeeded` …, oldest first.
async fn told(person: &Person) -> Vec<String> {
    let entries = entries(person, "").await;
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let lines = entries
        .iter()
        .rev()
        .map(|entry| format!("{} {}", text(entry, "action"), text(entry, "outcome")));
    lines.collect()
}

#[tokio::test]
async fn who_changes_something_is_taken_down_and_who_reads_is_not() {
    let world = World::new().await;
    let root = world.root().await;
    let group = json!({ "name": "acme", "path": "acme" });
    assert_eq!(
        root.post("/api/gitlab/groups?secret=canary", group.clone())
            .await
            .status,
        201
    );
    assert_eq!(root.post("/api/gitlab/groups", group).await.status, 400);
    for _ in 0..3 {
        root.get("/api/gitlab/groups").await;
    }
    let program = root.program(&["gateway"]).await;
    program.delete("/api/gitlab/groups/acme").await;
    root.post("/api/jobs", json!({})).await;

    assert_eq!(
        told(&root).await,
        [
            "sign_in succeeded",
            "gitlab_write succeeded",
            "gitlab_write failed",
            "key_create succeeded",
            "gitlab_write succeeded",
            "job_create failed",
        ]
    );
    let entries = entries(&root, "").await;
    let [_, deleted, key, _, created, login] = &entries[..] else {
        panic!("{entries:?}")
    };
    assert_eq!(login["target"], world.sim.url());
    assert_eq!(
        (
            &created["username"],
            &created["via"],
            &created["address"],
            &created["status"],
            &created["target"]
        ),
        (
            &json!("root"),
            &json!("session"),
            &json!("127.0.0.1"),
            &json!(201),
            &json!("POST /api/gitlab/groups")
        )
    );
    assert_eq!(key["details"]["scopes"], json!(["gateway"]));
    let id = key["target"].as_str().unwrap().strip_prefix("key ").unwrap();
    assert_eq!(deleted["via"], format!("key:{id}"));
    assert_eq!(created["requestId"].as_str().map(str::len), Some(36));
}

#[tokio::test]
async fn a_refusal_is_taken_down_but_guessing_does_not_fill_the_trail() {
    let world = World::with(|settings| {
        settings.logins = InboundLimit {
            window: Duration::from_mins(1),
            requests: 2,
        };
    })
    .await;
    let root = world.root().await;
    let mut guesser = world.stranger();
    guesser.log_in(world.sim.url(), "glpat-wrong").await;
    for _ in 0..100 {
        assert_eq!(guesser.log_in(world.sim.url(), "glpat-wrong").await.status, 429);
    }
    root.send(
        Method::POST,
        "/api/jobs",
        &[("origin", "https://evil.example")],
        "{}",
    )
    .await;
    let found = world
        .until(async || {
            let found = entries(&root, "&outcome=refused").await;
            (found.len() >= 60).then_some(found)
        })
        .await;
    assert_eq!(found.len(), 60);
    let statuses = |status: u16| found.iter().filter(|entry| entry["status"] == status).count();
    assert_eq!((statuses(401), statuses(429)), (1, 59));
    let first = found.last().unwrap();
    assert_eq!(
        (&first["action"], &first["gitlabUrl"], &first["userId"]),
        (&json!("sign_in"), &json!(world.sim.url()), &Value::Null)
    );
    assert!(found[0]["details"]["more"].is_string(), "{}", found[0]);
}

#[tokio::test]
async fn everybody_sees_their_own_rows_and_an_administrator_those_of_the_instance() {
    let world = World::new().await;
    let (one, other) = (
        world.signed_in("dev-0001").await,
        world.signed_in("dev-0002").await,
    );
    one.program(&["read"]).await;
    let names = async |person: &Person| -> Vec<String> {
        let rows = entries(person, "").await;
        rows.iter()
            .map(|row| row["username"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&one).await, ["dev-0001", "dev-0001"]);
    assert_eq!(names(&other).await, ["dev-0002"]);
    assert_eq!(
        names(&world.root().await).await,
        ["root", "dev-0001", "dev-0002", "dev-0001"]
    );
    assert_eq!(world.stranger().get("/api/audit").await.status, 401);
    let program = one.program(&["gateway"]).await;
    assert_eq!(program.get("/api/audit").await.status, 403);
}

#[tokio::test]
async fn a_job_is_taken_down_when_it_runs_and_when_it_has_ended_and_its_writes_are_in_its_ledger() {
    let world = World::new().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme", "beta"]).await;
    world.job_when(&root, &id, "completed").await;
    let told = world
        .until(async || Some(told(&root).await).filter(|told| told.len() == 4))
        .await;
    assert_eq!(
        told,
        [
            "sign_in succeeded",
            "job_create succeeded",
            "job_run succeeded",
            "job_ended succeeded"
        ]
    );
    let ended = entries(&root, "&action=job_ended").await;
    assert_eq!(ended[0]["target"], format!("job {id}"));
    assert_eq!(
        (
            &ended[0]["details"]["successCount"],
            &ended[0]["details"]["ledger"]
        ),
        (&json!(2), &json!(format!("/api/jobs/{id}/items")))
    );
}

#[tokio::test]
async fn reads_are_counted() {
    let mut world = World::new().await;
    let root = world.root().await;
    for _ in 0..7 {
        root.get("/api/gitlab/user").await;
    }
    world.server.stopped().await;
    world.server = world.another_server().await;
    let root = Person {
        url: world.server.url.clone(),
        ..root
    };
    let reads = entries(&root, "&action=reads").await;
    assert_eq!(reads[0]["details"], json!({ "requests": 7 }));
    let verdict = world.storage.verify_audit().await.unwrap();
    assert_eq!(
        (verdict.chains, verdict.flaws.len()),
        (1, 0),
        "one chain through all restarts"
    );
}

#[tokio::test]
async fn what_is_older_than_it_is_kept_goes_when_a_server_begins() {
    let world = World::new().await;
    let before = world.root().await;
    before.program(&["read"]).await;
    assert_eq!(told(&before).await, ["sign_in succeeded", "key_create succeeded"]);
    world.clock.advance(Duration::from_hours(40));
    let root = world.root().await;
    let all = ["sign_in succeeded", "key_create succeeded", "sign_in succeeded"];
    assert_eq!(told(&root).await, all);

    world.clock.advance(Duration::from_hours(9));
    let days = |days: u64| Duration::from_hours(24 * days);
    let _keeps = world
        .another_server_with(|settings| settings.audit_retention = days(3))
        .await;
    let _forgets = world
        .another_server_with(|settings| settings.audit_retention = days(2))
        .await;
    world
        .until(async || (told(&root).await == all[2..]).then_some(()))
        .await;
    assert_eq!(world.storage.verify_audit().await.unwrap().flaws.len(), 0);
}

#[tokio::test]
async fn a_trail_is_exported_whole_and_without_formulas() {
    let world = World::new().await;
    let root = world.root().await;
    let wish = json!({ "name": "=cmd", "scopes": ["read"] });
    root.post("/api/keys", wish).await;
    root.delete("/api/gitlab/groups/=1+1").await;
    let csv = root.get("/api/audit?format=csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        csv.header("content-disposition"),
        "attachment; filename=\"audit.csv\""
    );
    let lines: Vec<&str> = csv.text.lines().collect();
    assert!(lines[0].starts_with("id,at,gitlabUrl,userId,username,via,address,action,target"));
    assert_eq!(lines.len(), 4, "{}", csv.text);
    assert!(!csv.text.contains(",="), "{}", csv.text);
    let ndjson = root.get("/api/audit?format=ndjson").await;
    assert_eq!(ndjson.text.lines().count(), 3);
    let first: Value = serde_json::from_str(ndjson.text.lines().next().unwrap()).unwrap();
    assert_eq!(first["target"], "DELETE /api/gitlab/groups/=1+1");
}

#[tokio::test]
async fn pages_of_the_trail_are_followed_by_their_cursor() {
    let world = World::new().await;
    let root = world.root().await;
    for _ in 0..4 {
        root.post("/api/jobs", json!({})).await;
    }
    let first = root.get("/api/audit?limit=3").await.json();
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = root
        .get(&format!("/api/audit?limit=3&cursor={cursor}"))
        .await
        .json();
    assert_eq!(second["entries"].as_array().unwrap().len(), 2);
    assert_eq!(second["nextCursor"], Value::Null);
    let wrong = root
        .get("/api/audit?cursor=x&outcome=perhaps&since=yesterday&format=xml")
        .await;
    assert_eq!(wrong.error(), "400 VALIDATION_ERROR 4 problems found");
}

#[tokio::test]
async fn a_change_whose_client_went_away_is_taken_down_as_unknown() {
    let world = World::new().await;
    let root = world.root().await;
    world.sim.fault(gitlab_sim::Fault::post("/api/v4/groups").hang());
    let group = json!({ "name": "acme", "path": "acme" });
    let request = root.request(Method::POST, "/api/gitlab/groups").json(&group);
    let gone = request.timeout(Duration::from_millis(300)).send().await;
    assert!(gone.unwrap_err().is_timeout());
    let found = world
        .until(async || entries(&root, "&outcome=unknown").await.pop())
        .await;
    assert_eq!(found["target"], "POST /api/gitlab/groups");
}
