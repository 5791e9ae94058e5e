//! Against the simulator, which knows nothing of this client.

use futures::TryStreamExt;
use gitlab_api::ApiPath;
use gitlab_api::resources::Project;
use gitlab_client::{Answer, Doubt, Gitlab, GitlabError, Lane, Token, TokenFacts, WaitReason, WriteRequest};
use gitlab_sim::{Fault, Options, Simulator};
use serde_json::json;

use crate::World;

async fn simulator() -> (Simulator, Gitlab) {
    let simulator = Simulator::start_with(Options::empty().users(2).groups(3).projects(250))
        .await
        .unwrap();
    let token = Token::personal(&simulator.root_token()).unwrap();
    let instance = simulator.url().parse().unwrap();
    let gitlab = World::new().client.session(&instance, Some(1), token).unwrap();
    (simulator, gitlab)
}

fn site() -> WriteRequest {
    WriteRequest::post("projects").body(json!({ "name": "Site", "path": "site" }))
}

async fn ids(gitlab: &Gitlab, query: &[(&str, &str)]) -> Vec<u64> {
    let pages: Vec<_> = gitlab
        .pages::<Project>("projects", query, Lane::Jobs)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(pages.len(), 3);
    pages
        .into_iter()
        .flat_map(|page| page.items)
        .map(|project| project.id)
        .collect()
}

#[tokio::test]
async fn a_list_is_the_same_by_offset_and_by_keyset() {
    let (simulator, gitlab) = simulator().await;
    let by_offset = ids(&gitlab, &[("order_by", "id"), ("sort", "asc")]).await;
    let by_keyset = ids(
        &gitlab,
        &[("order_by", "id"), ("sort", "asc"), ("pagination", "keyset")],
    )
    .await;
    assert_eq!(by_offset.len(), 250);
    assert_eq!(by_offset, by_keyset);
    simulator.stop().await;
}

#[tokio::test]
async fn a_write_that_was_done_without_an_answer_is_unknown_and_can_be_found() {
    let (simulator, gitlab) = simulator().await;
    simulator.fault(Fault::post("/api/v4/projects").nth(1).accept_then_drop());
    let answer = gitlab.send(&site(), Lane::Jobs).await;
    assert!(
        matches!(answer, Answer::Unknown(Doubt::Lost(GitlabError::Broken(_)))),
        "{answer:?}"
    );
    let found: Option<Project> = gitlab
        .find(ApiPath::project("root/site"), gitlab_client::NO_QUERY, Lane::Jobs)
        .await
        .unwrap();
    assert!(found.is_some());
    assert_eq!(simulator.stats().writes.applied, 1);
    simulator.stop().await;
}

#[tokio::test]
async fn a_creation_is_refused_with_the_field_that_is_wrong() {
    let (simulator, gitlab) = simulator().await;
    assert!(matches!(gitlab.send(&site(), Lane::Jobs).await, Answer::Done(_)));
    let Answer::Refused(refusal) = gitlab.send(&site(), Lane::Jobs).await else {
        panic!("the path is taken");
    };
    assert!(refusal.parsed().complains_about("path"));
    simulator.stop().await;
}

#[tokio::test]
async fn a_throttled_user_is_asked_to_wait_and_nothing_more_is_sent() {
    let (simulator, gitlab) = simulator().await;
    simulator.fault(Fault::post("/api/v4/projects").nth(1).throttle(600));
    for _ in 0..3 {
        let Answer::Throttled(waiting) = gitlab.send(&site(), Lane::Jobs).await else {
            panic!("throttled");
        };
        assert_eq!(waiting.reason, WaitReason::Throttled);
    }
    assert_eq!(simulator.stats().requests.total, 1);
    simulator.stop().await;
}

#[tokio::test]
async fn the_token_tells_about_itself() {
    let (simulator, gitlab) = simulator().await;
    assert_eq!(gitlab.current_user().await.unwrap().username, "root");
    let facts = gitlab.token_self().await.unwrap();
    assert!(matches!(facts, TokenFacts::Known(token) if token.scopes.contains(&"api".to_owned())));
    simulator.stop().await;
}
