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
