//! What a busy instance says (§4.6).

use gitlab_sim::{Fault, Options};
use serde_json::json;

use super::lab;

#[tokio::test]
async fn busy_repositories_are_503_with_a_message_and_a_time() {
    let (lab, _) = lab(Options::empty()).await;
    lab.gitlab
        .fault(Fault::get("/api/v4/version").then("busy:5".parse().unwrap()));
    let answer = lab.root().get("/version").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.body["message"].is_string());
}

#[tokio::test]
async fn a_clash_over_the_same_rows_is_409() {
    let (lab, _) = lab(Options::empty()).await;
    lab.gitlab
        .fault(Fault::post("/api/v4/projects").then("lock".parse().unwrap()));
    lab.root()
        .post("/projects", json!({"path": "x"}))
        .await
        .is(409, json!({"message": "409 Conflict: Resource lock"}));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_500_or_a_page_of_the_proxy_and_may_have_been_done() {
    let (lab, _) = lab(Options::empty()).await;
    for (status, kind) in [(500, "application/json"), (502, "text/html"), (520, "text/html")] {
        lab.gitlab.clear_faults();
        lab.gitlab
            .fault(Fault::post("/api/v4/projects").then(format!("accept_then:{status}").parse().unwrap()));
        let path = format!("p{status}");
        let answer = lab.root().post("/projects", json!({"path": path})).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some(kind))
        );
        assert!(lab.gitlab.project(&format!("root/{path}")).is_some());
    }
}
