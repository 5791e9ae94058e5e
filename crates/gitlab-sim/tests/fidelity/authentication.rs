//! Who asks, with which token, and what that token may do (§1.1 to §1.5).

use std::time::Duration;

use gitlab_sim::Options;
use hyper::Method;
use serde_json::{Value, json};

use crate::client::{Actor, Lab};
use crate::clock::HandClock;
use crate::examples::same_shape;

fn unauthorized() -> Value {
    json!({"message": "401 Unauthorized"})
}

/// A new token of `dev-0001`, or of `root`, with these scopes.
async fn token(lab: &Lab, user: u64, scopes: &[&str]) -> Actor {
    let body = json!({"name": "made", "scopes": scopes});
    let made = lab
        .root()
        .post(&format!("/users/{user}/personal_access_tokens"), body)
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    lab.bearer_of(made.body["token"].as_str().map(str::to_owned))
}

#[tokio::test]
async fn a_personal_token_begins_with_glpat() {
    let lab = Lab::start().await;
    let body = json!({"name": "made", "scopes": ["api"]});
    let made = lab.root().post("/users/2/personal_access_tokens", body).await;
    assert!(made.body["token"].as_str().unwrap().starts_with("glpat-"));
}

#[tokio::test]
async fn sudo_takes_an_id_or_a_user_name_by_header_or_parameter() {
    let lab = Lab::start().await;
    let root = lab.root();
    for path in ["/user?sudo=2", "/user?sudo=dev-0001"] {
        assert_eq!(root.get(path).await.body["username"], "dev-0001", "{path}");
    }
    for value in ["2", "dev-0001", "DEV-0001"] {
        let answer = lab.root().with_header("Sudo", value).get("/user").await;
        assert_eq!(answer.body["username"], "dev-0001", "{value}");
    }
    let body = json!({"name": "Mine", "path": "mine", "sudo": "dev-0001"});
    assert_eq!(root.post("/groups", body).await.status, 201);
    let members = root.get("/groups/mine/members").await;
    assert_eq!(members.column("username"), ["dev-0001"]);
}

#[tokio::test]
async fn who_acts_under_sudo_has_the_rights_of_the_other() {
    let lab = Lab::start().await;
    lab.group(None, "hidden", "private").await;
    let answer = lab
        .root()
        .with_header("Sudo", "dev-0001")
        .get("/groups/hidden")
        .await;
    answer.is(404, json!({"message": "404 Group Not Found"}));
}

#[tokio::test]
async fn sudo_needs_its_scope() {
    let lab = Lab::start().await;
    let narrow = token(&lab, 1, &["api"]).await;
    let refused = narrow.with_header("Sudo", "dev-0001").get("/user").await;
    assert_eq!(
        (
            refused.status,
            refused.body["error"].as_str(),
            refused.body["scope"].as_str()
        ),
        (403, Some("insufficient_scope"), Some("sudo"))
    );
}

#[tokio::test]
async fn sudo_for_nobody_is_404_with_what_was_asked_for() {
    let lab = Lab::start().await;
    for target in ["123", "nobody"] {
        let text = format!("404 User with ID or username '{target}' Not Found");
        lab.root()
            .with_header("Sudo", target)
            .get("/user")
            .await
            .is(404, json!({"message": text}));
    }
}

#[tokio::test]
async fn sudo_is_for_administrators() {
    let lab = Lab::start().await;
    lab.dev(1).get("/user?sudo=1").await.is(
        403,
        json!({"message": "403 Forbidden - Must be admin to use sudo"}),
    );
}

#[tokio::test]
async fn an_unknown_job_token_is_401() {
    let lab = Lab::start().await;
    let job = lab.anonymous().with_header("JOB-TOKEN", "glcbt-64_unknown");
    job.get("/version").await.is(401, unauthorized());
    lab.anonymous()
        .get("/version?job_token=glcbt-64_unknown")
        .await
        .is(401, unauthorized());
}

#[tokio::test]
async fn a_session_cookie_is_no_token_of_the_api() {
    let lab = Lab::start().await;
    let browser = lab
        .anonymous()
        .with_header("Cookie", "_gitlab_session=0123456789abcdef");
    browser.get("/version").await.is(401, unauthorized());
}

#[tokio::test]
async fn a_deploy_token_is_no_token_of_the_api() {
    let lab = Lab::start().await;
    let deploying = lab.bearer_of(Some("gldt-aaaaaaaaaaaaaaaaaaaa".to_owned()));
    deploying.get("/projects").await.is(401, unauthorized());
}

#[tokio::test]
async fn basic_authorization_is_no_token_of_the_api() {
    let lab = Lab::start().await;
    let basic = lab
        .anonymous()
        .with_header("Authorization", "Basic cm9vdDpnbHBhdC1zaW0tcm9vdA==");
    basic.get("/version").await.is(401, unauthorized());
}

#[tokio::test]
async fn a_wrong_token_is_refused_even_where_none_is_needed() {
    let lab = Lab::start().await;
    assert_eq!(lab.anonymous().get("/projects").await.status, 200);
    lab.bearer_of(Some("glpat-wrong".to_owned()))
        .get("/projects")
        .await
        .is(401, unauthorized());
}

#[tokio::test]
async fn api_may_do_everything_and_read_api_only_read() {
    let lab = Lab::start().await;
    let body = json!({"name": "X", "path": "xx"});
    let reader = token(&lab, 2, &["read_api"]).await;
    assert_eq!(reader.get("/groups").await.status, 200);
    let head = reader
        .send(Method::HEAD, "/api/v4/groups", "", String::new())
        .await
        .unwrap();
    assert_eq!(head.status, 200);
    for (method, path) in [
        (Method::POST, "/groups"),
        (Method::PUT, "/groups/1"),
        (Method::DELETE, "/groups/1"),
    ] {
        let refused = reader.json(method, path, body.clone()).await.unwrap();
        assert_eq!(
            (refused.status, refused.body["scope"].as_str()),
            (403, Some("api"))
        );
    }
    let writer = token(&lab, 2, &["api"]).await;
    assert_eq!(writer.post("/groups", body).await.status, 201);
}

#[tokio::test]
async fn read_user_may_read_users_and_nothing_else() {
    let lab = Lab::start().await;
    let reader = token(&lab, 2, &["read_user"]).await;
    for path in ["/user", "/users", "/users/2"] {
        assert_eq!(reader.get(path).await.status, 200, "{path}");
    }
    for path in ["/groups", "/projects", "/namespaces"] {
        let refused = reader.get(path).await;
        assert_eq!(
            (refused.status, refused.body["scope"].as_str()),
            (403, Some("api read_api")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_documented_scope_can_be_given() {
    let lab = Lab::start().await;
    for scope in [
        "api",
        "read_api",
        "read_user",
        "read_repository",
        "write_repository",
        "read_registry",
        "write_registry",
        "sudo",
        "admin_mode",
        "create_runner",
        "manage_runner",
        "self_rotate",
        "k8s_proxy",
        "ai_features",
        "read_service_ping",
    ] {
        let body = json!({"name": scope, "scopes": [scope]});
        let made = lab.root().post("/users/1/personal_access_tokens", body).await;
        assert_eq!((made.status, &made.body["scopes"]), (201, &json!([scope])));
    }
}

#[tokio::test]
async fn a_refusal_in_the_shape_of_oauth_challenges_and_a_plain_one_does_not() {
    let lab = Lab::start().await;
    let plain = lab.anonymous().get("/version").await;
    assert_eq!((plain.status, plain.header("www-authenticate")), (401, None));
    let leaving = token(&lab, 2, &["api"]).await;
    leaving.delete("/personal_access_tokens/self", json!(null)).await;
    let refused = leaving.get("/version").await;
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("Bearer realm=\"Protected by OAuth 2.0\", error=\"invalid_token\""),
        "{challenge}"
    );
}

#[tokio::test]
async fn blocked_banned_and_deactivated_users_are_told_so() {
    let lab = Lab::start().await;
    for (number, deed, told) in [
        (1, "block", "403 Forbidden - Your account has been blocked."),
        (2, "ban", "403 Forbidden - Your account has been blocked."),
        (
            3,
            "deactivate",
            "403 Forbidden - Your account has been deactivated",
        ),
    ] {
        let id = crate::client::id_of(number);
        let done = lab.root().post(&format!("/users/{id}/{deed}"), json!(null)).await;
        assert_eq!(done.status, 201, "{done:?}");
        let refused = lab.dev(number).get("/user").await;
        let text = refused.body["message"].as_str().unwrap();
        assert!(refused.status == 403 && text.starts_with(told), "{refused:?}");
    }
}

#[tokio::test]
async fn a_private_thing_is_404_without_a_token_unless_one_is_demanded_first() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.anonymous()
        .get(&format!("/groups/{acme}"))
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
    for path in [
        "/version".to_owned(),
        "/namespaces".to_owned(),
        "/user".to_owned(),
    ] {
        lab.anonymous().get(&path).await.is(401, unauthorized());
    }
}

#[tokio::test]
async fn a_token_is_good_until_midnight_utc_of_its_last_day() {
    // 2026-03-02T09:14:07.512Z
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().users(1).clock(clock.clone())).await;
    let body = json!({"name": "made", "scopes": ["api"], "expires_at": "2026-03-04"});
    let made = lab.root().post("/users/2/personal_access_tokens", body).await;
    let token = lab.bearer_of(made.body["token"].as_str().map(str::to_owned));
    clock.advance(Duration::from_secs((24 + 14) * 3_600 + 45 * 60 + 52));
    assert_eq!(token.get("/user").await.status, 200);
    clock.advance(Duration::from_secs(1));
    let refused = token.get("/user").await;
    assert_eq!(
        (refused.status, refused.body["error"].as_str()),
        (401, Some("invalid_token"))
    );
}

#[tokio::test]
async fn the_own_token_is_rotated_with_200_and_the_old_one_is_revoked() {
    let lab = Lab::start().await;
    let old = token(&lab, 2, &["api"]).await;
    let id = old.get("/personal_access_tokens/self").await.body["id"].clone();
    let rotated = old.post("/personal_access_tokens/self/rotate", json!({})).await;
    assert_eq!(rotated.status, 200, "{rotated:?}");
    assert_ne!(rotated.body["id"], id);
    let new = lab.bearer_of(rotated.body["token"].as_str().map(str::to_owned));
    assert_eq!(new.get("/user").await.body["username"], "dev-0001");
    let refused = old.get("/user").await;
    assert_eq!(
        refused.body["error_description"],
        "Token was revoked. You have to re-authorize from the user."
    );
}

#[tokio::test]
async fn tokens_are_found_by_state_name_and_owner() {
    let lab = Lab::start().await;
    let leaving = token(&lab, 2, &["read_api"]).await;
    leaving.delete("/personal_access_tokens/self", json!(null)).await;
    let root = lab.root();
    let count = async |query: &str| {
        let found = root.get(&format!("/personal_access_tokens?{query}")).await;
        found.body.as_array().unwrap().len()
    };
    assert_eq!(count("user_id=2").await, 2);
    assert_eq!(count("user_id=2&revoked=true").await, 1);
    assert_eq!(count("user_id=2&revoked=false").await, 1);
    assert_eq!(count("user_id=2&state=active").await, 1);
    assert_eq!(count("user_id=2&state=inactive").await, 1);
    assert_eq!(count("user_id=2&search=made").await, 1);
    assert_eq!(count("user_id=2&created_before=2020-01-01").await, 0);
}

#[tokio::test]
async fn the_own_account_shows_what_others_do_not_see_and_more_to_administrators() {
    let lab = Lab::start().await;
    let own = lab.dev(1).get("/user").await;
    same_shape(&own, "user_current");
    for key in [
        "email",
        "projects_limit",
        "can_create_group",
        "identities",
        "two_factor_enabled",
    ] {
        assert!(own.body.get(key).is_some(), "{key}");
    }
    for key in [
        "is_admin",
        "note",
        "namespace_id",
        "created_by",
        "is_auditor",
        "using_license_seat",
    ] {
        assert_eq!(own.body.get(key), None, "{key}");
    }
    same_shape(&lab.root().get("/user").await, "user_current_admin");
    let other = lab.dev(1).get("/users/3").await;
    assert_eq!(
        (other.body.get("email"), other.body.get("is_admin")),
        (None, None)
    );
}

#[tokio::test]
async fn whether_top_level_groups_may_be_made_is_told() {
    let lab = Lab::start().await;
    assert_eq!(lab.dev(1).get("/user").await.body["can_create_group"], true);
    let taken = lab
        .root()
        .put("/users/2", json!({"can_create_group": false}))
        .await;
    assert_eq!(taken.status, 200);
    assert_eq!(lab.dev(1).get("/user").await.body["can_create_group"], false);
    lab.dev(1)
        .post("/groups", json!({"name": "X", "path": "xx"}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}
