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
