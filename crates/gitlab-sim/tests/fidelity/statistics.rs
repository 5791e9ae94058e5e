//! How much there is on the instance.

use gitlab_sim::Options;
use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn an_administrator_sees_how_much_there_is() {
    let lab = Lab::with(Options::empty().groups(3).projects(1_001).users(9)).await;
    lab.root().post("/users/2/block", json!({})).await;
    let shown = lab.root().get("/application/statistics").await;
    shown.is(
        200,
        json!({
            "forks": "0", "issues": "0", "merge_requests": "0", "notes": "0", "snippets": "0", "ssh_keys": "0",
            "milestones": "0", "users": "10", "projects": "1,001", "groups": "3", "active_users": "9",
        }),
    );
}

#[tokio::test]
async fn nobody_else_sees_how_much_there_is() {
    let lab = Lab::start().await;
    let forbidden = json!({"message": "403 Forbidden"});
    lab.dev(1).get("/application/statistics").await.is(403, forbidden);
    assert_eq!(lab.anonymous().get("/application/statistics").await.status, 401);
}
