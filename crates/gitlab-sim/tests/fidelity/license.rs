//! What the instance has paid for.

use gitlab_sim::{Options, Tier};
use serde_json::json;

use crate::client::Lab;

async fn lab(tier: Tier) -> Lab {
    Lab::with(Options::empty().users(3).tier(tier)).await
}

#[tokio::test]
async fn the_licence_follows_from_the_tier() {
    for (tier, plan) in [(Tier::Premium, "premium"), (Tier::Ultimate, "ultimate")] {
        let lab = lab(tier).await;
        let licence = lab.root().get("/license").await;
        assert_eq!((licence.status, &licence.body["plan"]), (200, &json!(plan)));
        assert_eq!(licence.body["expired"], false);
        assert_eq!(
            (&licence.body["active_users"], &licence.body["user_limit"]),
            (&json!(4), &json!(0))
        );
        let one = lab.root().get("/license/1").await.body;
        assert_eq!((&one["plan"], one.get("active_users")), (&json!(plan), None));
        lab.root().get("/licenses").await.is(200, json!([one]));
        lab.root()
            .get("/license/2")
            .await
            .is(404, json!({"message": "404 License Not Found"}));
    }
}

#[tokio::test]
async fn without_a_licence_there_is_null() {
    let lab = lab(Tier::Free).await;
    lab.root().get("/license").await.is(200, json!(null));
    lab.root().get("/licenses").await.is(200, json!([]));
}

#[tokio::test]
async fn a_key_that_gitlab_has_not_made_is_refused() {
    let lab = lab(Tier::Premium).await;
    let text = "The license key is invalid. Make sure it is exactly as you received it from GitLab Inc.";
    lab.root()
        .post("/license", json!({"license": "dummy"}))
        .await
        .is(400, json!({"message": text}));
    lab.root()
        .post("/license", json!({}))
        .await
        .is(400, json!({"error": "license is missing"}));
}

#[tokio::test]
async fn licences_are_for_administrators() {
    let lab = lab(Tier::Premium).await;
    for path in ["/license", "/license/1", "/licenses"] {
        lab.dev(1)
            .get(path)
            .await
            .is(403, json!({"message": "403 Forbidden"}));
        assert_eq!(lab.anonymous().get(path).await.status, 401);
    }
}
