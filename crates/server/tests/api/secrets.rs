use std::fmt::Write as _;

use gitlab_sim::Fault;
use serde_json::json;

use crate::log;
use crate::world::World;

#[tokio::test]
async fn a_token_is_in_no_answer_and_no_log() {
    log::listen();
    let answers = visit().await;
    // Whatever other tests have logged meanwhile must be without tokens as well.
    let log = log::so_far();
    assert!(
        log.contains("Signed in") && log.contains("/api/auth/login"),
        "the log was not heard"
    );
    assert!(answers.contains("gitlabUrl"), "nothing was answered");
    for secret in ["glpat-sim-", "glpat-canary"] {
        assert!(!answers.contains(secret), "{secret} is in an answer");
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is in the log");
    }
}

#[tokio::test]
async fn the_value_of_a_variable_is_in_no_answer_and_no_log() {
    const CANARY: &str = "canary-of-a-variable";
    log::listen();
    let world = World::new().await;
    let mut root = world.stranger();
    root.log_in(world.sim.url(), &world.sim.root_token()).await;
    let groups = root.create_groups(&["acme"]).await;
    world.job_when(&root, &groups, "completed").await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups/*/variables").nth(2).status(403));
    let row = |key: &str| json!({ "group": "acme", "key": key, "value": CANARY });
    let job = |row: serde_json::Value| json!({ "type": "bulk_set_variables", "data": { "items": [row] } });

    let mut answers = vec![root.post("/api/jobs", job(row("NOT-A-KEY"))).await];
    for key in ["FIRST", "SECOND"] {
        let made = root.post("/api/jobs", job(row(key))).await;
        let id = made.json()["id"].as_str().unwrap().to_owned();
        answers.push(made);
        world.job_when(&root, &id, "completed").await;
        for path in [
            "",
            "/items",
            "/results",
            "/results?format=ndjson",
            "/results?format=csv&status=failed",
        ] {
            answers.push(root.get(&format!("/api/jobs/{id}{path}")).await);
        }
    }

    let told = answers.iter().map(|answer| answer.text.as_str());
    let told = told.collect::<Vec<_>>().join("\n");
    assert!(told.contains("NOT-A-KEY") && told.contains("FIRST@*") && told.contains("GITLAB_FORBIDDEN"));
    assert!(!told.contains(CANARY), "{told}");
    let log = log::so_far();
    assert_eq!(log.lines().find(|line| line.contains(CANARY)), None);
}

/// Signs in, rightly and wrongly, does a bit of everything; returns all answers.
async fn visit() -> String {
    let mut world = World::new().await;
    let mut answers = Vec::new();
    let mut wrong = world.stranger();
    answers.push(wrong.log_in(world.sim.url(), "glpat-canary").await);
    answers.push(
        wrong
            .post(
                "/api/auth/login",
                json!({ "gitlabUrl": "x", "token": "glpat-canary" }),
            )
            .await,
    );
    answers.push(
        wrong
            .post(
                "/api/auth/login",
                json!({ "gitlabUrl": { "glpat-canary": 1 }, "token": ["glpat-canary"] }),
            )
            .await,
    );
    answers.push(
        wrong
            .log_in("https://glpat-canary@gitlab.com", "glpat-canary")
            .await,
    );
    let mut root = world.stranger();
    answers.push(root.log_in(world.sim.url(), &world.sim.root_token()).await);
    let id = root.create_groups(&["acme"]).await;
    world.job_when(&root, &id, "completed").await;
    world.sim.fault(Fault::get("/api/v4/version").drop_connection());
    for path in [
        "/api/auth/session",
        "/api/jobs",
        "/api/gitlab/user",
        "/api/gitlab/version",
        "/api/gitlab/personal_access_tokens/self",
    ] {
        answers.push(root.get(path).await);
    }
    answers.push(root.get(&format!("/api/jobs/{id}/results")).await);
    world.server.stopped().await;
    answers.iter().fold(String::new(), |mut told, answer| {
        let _ = writeln!(told, "{:?} {}", answer.headers, answer.text);
        told
    })
}

/// Contract §8.2: not in a response, a log line, an error, a metric or in clear on disk, before-images included.
#[tokio::test]
async fn a_secret_lies_in_clear_in_no_row_no_metric_no_trail_and_no_image_of_what_was_before() {
    const BEFORE: &str = "canary-of-what-was-before";
    const AFTER: &str = "canary-of-what-comes-after";
    const METRICS: &str = "the-token-of-prometheus";
    log::listen();
    let directory = tempfile::tempdir().unwrap();
    let world = World::on_file_with(&directory.path().join("bulk.db"), |settings| {
        settings.metrics_token = Some(METRICS.to_owned().into());
    })
    .await;
    let root = world.root().await;
    let groups = root.create_groups(&["acme"]).await;
    world.job_when(&root, &groups, "completed").await;
    let variable = json!({ "key": "TOKEN", "value": BEFORE });
    let made = root.post("/api/gitlab/groups/acme/variables", variable).await;
    assert_eq!(made.status, 201, "{}", made.text);

    let rows = json!([{ "group": "acme", "key": "TOKEN", "value": AFTER }]);
    let wish = json!({ "type": "bulk_set_variables", "data": { "items": rows },
        "options": { "updateExisting": true } });
    let id = root.post("/api/jobs", wish).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(job["successCount"], 1, "{job}");

    let mut answers = Vec::new();
    for path in [
        format!("/api/jobs/{id}"),
        format!("/api/jobs/{id}/items"),
        format!("/api/jobs/{id}/results"),
        format!("/api/jobs/{id}/results?format=csv"),
        "/api/audit?limit=1000".to_owned(),
        "/api/audit?format=csv".to_owned(),
    ] {
        let answer = root.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answers.push(answer.text);
    }
    answers.push(root.post(&format!("/api/jobs/{id}/undo"), json!({})).await.text);
    answers.push(root.post(&format!("/api/jobs/{id}/verify"), json!({})).await.text);
    let bearer = format!("Bearer {METRICS}");
    let headers = [("authorization", bearer.as_str())];
    let metrics = world
        .stranger()
        .send(reqwest::Method::GET, "/metrics", &headers, "")
        .await;
    assert_eq!(metrics.status, 200);
    answers.push(metrics.text);
    let answers = answers.join("\n");

    let mut disk = Vec::new();
    for file in std::fs::read_dir(directory.path()).unwrap() {
        disk.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let on_disk = |text: &str| disk.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(
        on_disk("TOKEN") && answers.contains("TOKEN"),
        "this is where it would be"
    );
    let log = log::so_far();
    let (token, cookie) = (world.sim.root_token(), root.cookie.clone().unwrap());
    for secret in [BEFORE, AFTER, METRICS, &token, &cookie] {
        let what = &secret[..8];
        assert!(!answers.contains(secret), "{what}… is in an answer");
        assert!(!on_disk(secret), "{what}… is on the disk");
        assert!(!log.contains(secret), "{what}… is in the log");
    }
}
