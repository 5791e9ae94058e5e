//! Personal access tokens and their scopes (§1.2, §1.3, §1.5).

use std::time::Duration;

use gitlab_sim::Options;
use serde_json::json;

use crate::client::{Actor, Lab};
use crate::clock::HandClock;
use crate::examples::same_shape;

/// A new token of `dev-0001` with these scopes.
async fn token_with(lab: &Lab, scopes: &[&str]) -> Actor {
    let body = json!({"name": "made", "scopes": scopes, "expires_at": "2026-03-05"});
    let answer = lab.root().post("/users/2/personal_access_tokens", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    lab.bearer_of(Some(answer.body["token"].as_str().unwrap().to_owned()))
}

async fn lab() -> (Lab, std::sync::Arc<HandClock>) {
    let clock = HandClock::new();
    (
        Lab::with(Options::empty().users(2).clock(clock.clone())).await,
        clock,
    )
}

#[tokio::test]
async fn a_token_tells_of_itself_whatever_its_scopes_but_not_its_secret() {
    let (lab, _) = lab().await;
    let own = lab.dev(1).get("/personal_access_tokens/self").await;
    assert_eq!(own.status, 200);
    assert_eq!(
        (own.body["user_id"].as_u64(), own.body["active"].as_bool()),
        (Some(2), Some(true))
    );
    assert_eq!(own.body["scopes"], json!(["api"]));
    assert_eq!(own.body.get("token"), None);
    assert!(!own.text.contains("glpat"));
    let narrow = token_with(&lab, &["read_user"]).await;
    assert_eq!(
        narrow.get("/personal_access_tokens/self").await.body["expires_at"],
        "2026-03-05"
    );
}

#[tokio::test]
async fn a_scope_that_is_too_small_is_403_with_the_scopes_that_would_do() {
    let (lab, _) = lab().await;
    let reader = token_with(&lab, &["read_api"]).await;
    assert_eq!(reader.get("/groups").await.status, 200);
    let refusal = |scope: &str| {
        json!({
            "error": "insufficient_scope",
            "error_description":
                "The request requires higher privileges than provided by the access token.",
            "scope": scope,
        })
    };
    reader
        .post("/groups", json!({"name": "X", "path": "xx"}))
        .await
        .is(403, refusal("api"));
    let narrow = token_with(&lab, &["read_user"]).await;
    assert_eq!(narrow.get("/user").await.status, 200);
    narrow.get("/groups").await.is(403, refusal("api read_api"));
}

#[tokio::test]
async fn an_expired_token_is_401_in_the_shape_of_oauth() {
    let (lab, clock) = lab().await;
    let token = token_with(&lab, &["api"]).await;
    assert_eq!(token.get("/user").await.status, 200);
    clock.advance(Duration::from_hours(72));
    let text = "Token is expired. You can either do re-authorization or token refresh.";
    let answer = token.get("/user").await;
    answer.is(401, json!({"error": "invalid_token", "error_description": text}));
    assert!(
        answer
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer realm=")
    );
}

#[tokio::test]
async fn a_revoked_token_is_401_in_the_shape_of_oauth() {
    let (lab, _) = lab().await;
    let token = token_with(&lab, &["api"]).await;
    assert_eq!(
        token
            .delete("/personal_access_tokens/self", json!(null))
            .await
            .status,
        204
    );
    let text = "Token was revoked. You have to re-authorize from the user.";
    token
        .get("/user")
        .await
        .is(401, json!({"error": "invalid_token", "error_description": text}));
}

#[tokio::test]
async fn one_sees_ones_own_tokens_and_an_administrator_all() {
    let (lab, _) = lab().await;
    assert_eq!(
        lab.dev(1).get("/personal_access_tokens").await.column("user_id"),
        ["2"]
    );
    assert_eq!(
        lab.root().get("/personal_access_tokens").await.column("user_id"),
        ["1", "2", "3"]
    );
    assert_eq!(
        lab.root()
            .get("/personal_access_tokens?user_id=3")
            .await
            .column("user_id"),
        ["3"]
    );
    lab.dev(1)
        .get("/personal_access_tokens/1")
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn unknown_scopes_are_refused() {
    let (lab, _) = lab().await;
    lab.root()
        .post(
            "/users/2/personal_access_tokens",
            json!({"name": "x", "scopes": ["everything"]}),
        )
        .await
        .is(400, json!({"error": "scopes does not have a valid value"}));
}

#[tokio::test]
async fn tokens_are_listed_by_state_time_and_name() {
    let (lab, clock) = lab().await;
    token_with(&lab, &["api"]).await;
    clock.advance(Duration::from_mins(1));
    let body = json!({"name": "later", "scopes": ["read_api"], "expires_at": "2026-12-31"});
    lab.root().post("/users/2/personal_access_tokens", body).await;
    let list = async |query: &str| {
        let path = format!("/personal_access_tokens?{query}");
        lab.dev(1).get(&path).await.column("name")
    };
    assert_eq!(list("").await, ["seeded", "made", "later"]);
    assert_eq!(list("search=ate").await, ["later"]);
    assert_eq!(list("created_after=2026-03-02T09:15:00Z").await, ["later"]);
    assert_eq!(
        list("created_before=2026-03-02T09:14:30Z&created_after=2026-03-01").await,
        ["made"]
    );
    assert_eq!(list("expires_before=2026-06-01").await, ["made"]);
    assert_eq!(list("expires_after=2026-06-01").await, ["later"]);
    assert_eq!(list("last_used_after=2026-03-02").await, ["seeded"]);
    assert_eq!(list("sort=name_desc").await, ["seeded", "made", "later"]);
    assert_eq!(list("sort=expires_desc").await, ["seeded", "later", "made"]);
    clock.advance(Duration::from_hours(24 * 4));
    assert_eq!(list("state=inactive").await, ["made"]);
    assert_eq!(list("state=active").await, ["seeded", "later"]);
    let wrong = lab.dev(1).get("/personal_access_tokens?state=asleep").await;
    wrong.is(400, json!({"error": "state does not have a valid value"}));
}

#[tokio::test]
async fn tokens_of_others_are_for_administrators() {
    let (lab, _) = lab().await;
    lab.dev(1)
        .get("/personal_access_tokens?user_id=3")
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
    assert_eq!(
        lab.dev(1)
            .get("/personal_access_tokens?user_id=2")
            .await
            .column("user_id"),
        ["2"]
    );
    lab.root()
        .get("/personal_access_tokens/99")
        .await
        .is(404, json!({"message": "404 Not found"}));
}

#[tokio::test]
async fn the_last_use_of_a_token_is_shown_and_noted_once_in_ten_minutes() {
    let (lab, clock) = lab().await;
    let dev = lab.dev(1);
    let used = async || {
        let own = dev.get("/personal_access_tokens/self").await.body;
        own["last_used_at"].as_str().unwrap().to_owned()
    };
    assert_eq!(used().await, "2026-03-02T09:14:07.512Z");
    clock.advance(Duration::from_mins(9));
    assert_eq!(used().await, "2026-03-02T09:14:07.512Z");
    clock.advance(Duration::from_mins(1));
    assert_eq!(used().await, "2026-03-02T09:24:07.512Z");
}

#[tokio::test]
async fn a_token_is_revoked_by_its_user_or_an_administrator() {
    let (lab, _) = lab().await;
    lab.dev(1)
        .delete("/personal_access_tokens/3", json!(null))
        .await
        .is(400, json!({"message": "400 Bad request"}));
    lab.dev(1)
        .delete("/personal_access_tokens/99", json!(null))
        .await
        .is(404, json!({"message": "404 Not found"}));
    let gone = lab.root().delete("/personal_access_tokens/3", json!(null)).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    assert_eq!(lab.dev(2).get("/user").await.status, 401);
}

#[tokio::test]
async fn a_rotation_gives_a_new_token_for_a_week_and_ends_the_old_one() {
    let (lab, _) = lab().await;
    let body = json!({"name": "made", "scopes": ["api"], "description": "d"});
    let old = lab
        .root()
        .post("/users/2/personal_access_tokens", body)
        .await
        .body;
    let actor = lab.bearer_of(Some(old["token"].as_str().unwrap().to_owned()));
    let path = format!("/personal_access_tokens/{}/rotate", old["id"]);
    let answer = actor.post(&path, json!(null)).await;
    assert_eq!(answer.status, 200);
    let new = answer.body;
    assert_ne!(new["id"], old["id"]);
    assert_eq!(
        (&new["name"], &new["description"], &new["scopes"]),
        (&old["name"], &old["description"], &old["scopes"])
    );
    assert_eq!(new["expires_at"], "2026-03-09");
    assert_eq!(actor.get("/user").await.status, 401);
    let fresh = lab.bearer_of(Some(new["token"].as_str().unwrap().to_owned()));
    assert_eq!(fresh.get("/user").await.body["id"], 2);
    let until = json!({"expires_at": "2026-08-01"});
    let path = format!("/personal_access_tokens/{}/rotate", new["id"]);
    assert_eq!(
        lab.root().post(&path, until).await.body["expires_at"],
        "2026-08-01"
    );
}

#[tokio::test]
async fn rotating_what_was_rotated_before_ends_the_whole_family() {
    let (lab, _) = lab().await;
    let dev = lab.dev(1);
    let first = dev.get("/personal_access_tokens/self").await.body["id"].clone();
    let path = format!("/personal_access_tokens/{first}/rotate");
    let second = dev.post(&path, json!(null)).await.body;
    let holder = lab.bearer_of(Some(second["token"].as_str().unwrap().to_owned()));
    let other = token_with(&lab, &["api"]).await;
    holder
        .post(&path, json!(null))
        .await
        .is(400, json!({"message": "400 Bad request - Token already revoked"}));
    assert_eq!(holder.get("/user").await.status, 401);
    // Other tokens of the same user are no family.
    assert_eq!(other.get("/user").await.status, 200);
}

#[tokio::test]
async fn a_token_rotates_itself_with_the_scope_for_it() {
    let (lab, _) = lab().await;
    let narrow = token_with(&lab, &["self_rotate"]).await;
    let answer = narrow
        .post("/personal_access_tokens/self/rotate", json!(null))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["scopes"], json!(["self_rotate"]));
    let other = token_with(&lab, &["read_api"]).await;
    let refused = other
        .post("/personal_access_tokens/self/rotate", json!(null))
        .await;
    assert_eq!(
        (refused.status, &refused.body["scope"]),
        (403, &json!("api self_rotate"))
    );
}

#[tokio::test]
async fn a_token_of_someone_else_is_not_rotated() {
    let (lab, _) = lab().await;
    lab.dev(1)
        .post("/personal_access_tokens/3/rotate", json!(null))
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
    lab.root()
        .post("/personal_access_tokens/99/rotate", json!(null))
        .await
        .is(404, json!({"message": "404 Not found"}));
    assert_eq!(lab.dev(2).get("/user").await.status, 200);
}

#[tokio::test]
async fn no_token_lives_longer_than_a_year() {
    let (lab, _) = lab().await;
    let new = |expires: &str| json!({"name": "n", "scopes": ["api"], "expires_at": expires});
    let path = "/users/2/personal_access_tokens";
    let text = "Expiration date must be before 2027-03-02";
    lab.root()
        .post(path, new("2027-03-03"))
        .await
        .is(422, json!({"message": text}));
    assert_eq!(lab.root().post(path, new("2027-03-02")).await.status, 201);
    let without = json!({"name": "n", "scopes": ["api"]});
    assert_eq!(
        lab.root().post(path, without).await.body["expires_at"],
        "2027-03-02"
    );
}

#[tokio::test]
async fn a_token_tells_which_groups_and_projects_it_reaches() {
    let (lab, _) = lab().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    lab.group(None, "other", "private").await;
    lab.member("groups/acme", 1, 30).await;
    let path = "/personal_access_tokens/self/associations";
    let body = lab.dev(1).get(path).await.body;
    assert_eq!(body["groups"][0]["name"], "acme");
    assert_eq!(body["groups"].as_array().unwrap().len(), 1);
    assert_eq!(body["projects"][0]["path_with_namespace"], "acme/site");
    assert_eq!(body["projects"][0]["access_levels"]["group_access_level"], 30);
    let body = lab.dev(1).get(&format!("{path}?min_access_level=40")).await.body;
    assert_eq!(body, json!({"groups": [], "projects": []}));
}

#[tokio::test]
async fn one_gives_oneself_only_harmless_tokens() {
    let (lab, _) = lab().await;
    let new = |scope: &str| json!({"name": "n", "scopes": [scope]});
    lab.dev(1)
        .post("/user/personal_access_tokens", new("api"))
        .await
        .is(400, json!({"error": "scopes does not have a valid value"}));
    let made = lab
        .dev(1)
        .post("/user/personal_access_tokens", new("self_rotate"))
        .await;
    assert_eq!(
        (made.status, &made.body["expires_at"]),
        (201, &json!("2026-03-03"))
    );
}

#[tokio::test]
async fn an_administrator_makes_impersonation_tokens_and_ends_them() {
    let (lab, _) = lab().await;
    let path = "/users/2/impersonation_tokens";
    let body = json!({"name": "as dev", "scopes": ["api", "read_user"], "expires_at": "2026-03-06"});
    lab.dev(1)
        .post(path, body.clone())
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    let made = lab.root().post(path, body).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "impersonation_token_created");
    let actor = lab.bearer_of(Some(made.body["token"].as_str().unwrap().to_owned()));
    assert_eq!(actor.get("/user").await.body["id"], 2);
    let list = lab.root().get(&format!("{path}?state=active")).await;
    same_shape(&list, "impersonation_token");
    let one = format!("{path}/{}", made.body["id"]);
    assert_eq!(lab.root().get(&one).await.body["name"], "as dev");
    // It is none of the user's own.
    assert_eq!(
        lab.dev(1).get("/personal_access_tokens").await.column("name"),
        ["seeded"]
    );
    assert_eq!(lab.root().delete(&one, json!(null)).await.status, 204);
    assert_eq!(actor.get("/user").await.status, 401);
    assert_eq!(
        lab.root()
            .get(&format!("{path}?state=inactive"))
            .await
            .column("id"),
        [made.body["id"].to_string()]
    );
    lab.root()
        .get(&format!("{path}/1"))
        .await
        .is(404, json!({"message": "404 Impersonation Token Not Found"}));
}

#[tokio::test]
async fn an_impersonation_token_needs_scopes_that_exist() {
    let (lab, _) = lab().await;
    let path = "/users/2/impersonation_tokens";
    lab.root()
        .post(path, json!({"name": "n"}))
        .await
        .is(400, json!({"message": {"scopes": ["can't be blank"]}}));
    lab.root()
        .post(path, json!({"name": "n", "scopes": "api,everything"}))
        .await
        .is(
            400,
            json!({"message": {"scopes": ["can only contain available scopes"]}}),
        );
}

#[tokio::test]
async fn no_secret_stands_in_the_journal_or_is_told_twice() {
    let (lab, _) = lab().await;
    let body = json!({"name": "made", "scopes": ["api"]});
    let made = lab
        .root()
        .post("/users/2/personal_access_tokens", body)
        .await
        .body;
    let secret = made["token"].as_str().unwrap();
    assert!(secret.starts_with("glpat-") && secret.len() == 26, "{secret}");
    let path = format!("/personal_access_tokens/{}", made["id"]);
    let actor = lab.bearer_of(Some(secret.to_owned()));
    assert!(!actor.get(&path).await.text.contains(secret));
    let kept = format!("{:?} {:?}", lab.gitlab.journal(0), lab.gitlab.stats());
    assert!(!kept.contains(secret));
}
