//! Application settings (§A.8, §4.3, §4.5, §6.6).

use std::time::Duration;

use gitlab_sim::{Background, Options};
use hyper::Method;
use serde_json::{Value, json};

use crate::client::Lab;
use crate::clock::HandClock;

async fn set(lab: &Lab, settings: Value) -> Value {
    let answer = lab.root().put("/application/settings", settings).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

async fn shown(lab: &Lab) -> Value {
    lab.root().get("/application/settings").await.body
}

async fn lab_with_a_clock() -> (Lab, std::sync::Arc<HandClock>) {
    let clock = HandClock::new();
    let options = Options::empty()
        .users(2)
        .background(Background::IMMEDIATE)
        .clock(clock.clone());
    (Lab::with(options).await, clock)
}

#[tokio::test]
async fn settings_are_for_administrators() {
    let lab = Lab::start().await;
    let path = "/application/settings";
    lab.anonymous()
        .get(path)
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
    lab.dev(1)
        .get(path)
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    lab.dev(1)
        .put(path, json!({"signup_enabled": false}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

#[tokio::test]
async fn the_defaults_are_shown_under_every_name() {
    let lab = Lab::start().await;
    let settings = shown(&lab).await;
    for (name, value) in [
        ("id", json!(1)),
        ("default_group_visibility", json!("private")),
        ("default_project_visibility", json!("private")),
        ("restricted_visibility_levels", json!([])),
        ("default_projects_limit", json!(100_000)),
        ("deletion_adjourned_period", json!(30)),
        ("default_branch_name", json!(null)),
        ("default_branch_protection", json!(2)),
        ("can_create_group", json!(true)),
        ("signup_enabled", json!(true)),
        ("bulk_import_enabled", json!(false)),
        ("throttle_authenticated_api_enabled", json!(false)),
        ("throttle_authenticated_api_requests_per_period", json!(7_200)),
        ("throttle_authenticated_api_period_in_seconds", json!(3_600)),
        ("throttle_unauthenticated_api_requests_per_period", json!(3_600)),
        ("rate_limiting_response_text", json!(null)),
        ("polling_interval_multiplier", json!(1.0)),
    ] {
        assert_eq!(settings.get(name), Some(&value), "{name}");
    }
    assert_eq!(
        settings["default_branch_protection_defaults"],
        json!({
            "allowed_to_push": [{"access_level": 40}],
            "allow_force_push": false,
            "allowed_to_merge": [{"access_level": 40}],
        })
    );
}

#[tokio::test]
async fn a_write_answers_200_with_all_settings_and_they_stay() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options::empty().state_file(folder.path().join("state.json"));
    let lab = Lab::with(options()).await;
    let body = set(
        &lab,
        json!({"default_projects_limit": 42, "default_group_visibility": "internal"}),
    )
    .await;
    assert_eq!(body["default_projects_limit"], 42);
    assert_eq!(body["default_group_visibility"], "internal");
    assert_eq!(shown(&lab).await, body);
    lab.gitlab.stop().await;
    let lab = Lab::with(options()).await;
    assert_eq!(shown(&lab).await, body);
}

#[tokio::test]
async fn a_write_without_a_known_setting_is_refused() {
    let lab = Lab::start().await;
    let answer = lab
        .root()
        .put("/application/settings", json!({"colour": "blue"}))
        .await;
    assert_eq!(answer.status, 400);
    let text = answer.body["error"].as_str().unwrap();
    assert!(text.starts_with("admin_notification_email, "), "{text}");
    assert!(
        text.ends_with(" are missing, at least one parameter must be provided"),
        "{text}"
    );
}

#[tokio::test]
async fn values_of_the_wrong_kind_are_refused_in_one_sentence() {
    let lab = Lab::start().await;
    lab.root()
        .put(
            "/application/settings",
            json!({
                "admin_mode": "perhaps",
                "default_group_visibility": "secret",
                "default_projects_limit": "many",
                "import_sources": ["git", "floppy"],
            }),
        )
        .await
        .is(
            400,
            json!({"error": "admin_mode is invalid, default_group_visibility does not have a valid value, \
                             default_projects_limit is invalid, import_sources does not have a valid value"}),
        );
    assert_eq!(shown(&lab).await["default_projects_limit"], 100_000);
}

#[tokio::test]
async fn numbers_out_of_range_are_refused_by_the_model() {
    let lab = Lab::start().await;
    let days = |days: i64| json!({"deletion_adjourned_period": days});
    lab.root().put("/application/settings", days(0)).await.is(
        400,
        json!({"message": {"deletion_adjourned_period": ["must be greater than or equal to 1"]}}),
    );
    lab.root().put("/application/settings", days(91)).await.is(
        400,
        json!({"message": {"deletion_adjourned_period": ["must be less than or equal to 90"]}}),
    );
    assert_eq!(set(&lab, days(90)).await["deletion_adjourned_period"], 90);
    lab.root()
        .put("/application/settings", json!({"max_login_attempts": 0}))
        .await
        .is(
            400,
            json!({"message": {"max_login_attempts": ["must be greater than 0"]}}),
        );
}

#[tokio::test]
async fn a_switch_demands_what_it_needs() {
    let lab = Lab::start().await;
    lab.root()
        .put("/application/settings", json!({"recaptcha_enabled": true}))
        .await
        .is(
            400,
            json!({"error": "recaptcha_site_key is missing, recaptcha_private_key is missing"}),
        );
    let body = set(
        &lab,
        json!({"plantuml_enabled": true, "plantuml_url": "https://uml.example"}),
    )
    .await;
    assert_eq!(body["plantuml_url"], "https://uml.example");
    // Turning one off demands nothing.
    set(&lab, json!({"plantuml_enabled": false})).await;
}

#[tokio::test]
async fn a_denylist_and_terms_must_not_be_empty_when_enforced() {
    let lab = Lab::start().await;
    lab.root()
        .put(
            "/application/settings",
            json!({"domain_denylist_enabled": true, "enforce_terms": true}),
        )
        .await
        .is(
            400,
            json!({"message": {
                "domain_denylist": ["Domain denylist cannot be empty if denylist is enabled."],
                "base": ["You need to set terms to be enforced"],
            }}),
        );
    let body = set(
        &lab,
        json!({"domain_denylist_enabled": true, "domain_denylist": "bad.example,worse.example"}),
    )
    .await;
    assert_eq!(body["domain_denylist"], json!(["bad.example", "worse.example"]));
}

#[tokio::test]
async fn old_names_are_read_and_shown() {
    let lab = Lab::start().await;
    let body = set(
        &lab,
        json!({"signin_enabled": false, "admin_notification_email": "abuse@acme.example"}),
    )
    .await;
    for name in [
        "password_authentication_enabled_for_web",
        "password_authentication_enabled",
        "signin_enabled",
    ] {
        assert_eq!(body[name], false, "{name}");
    }
    assert_eq!(body["abuse_notification_email"], "abuse@acme.example");
    assert_eq!(body["admin_notification_email"], "abuse@acme.example");
}

#[tokio::test]
async fn secrets_can_be_set_and_are_not_shown() {
    let lab = Lab::start().await;
    let answer = lab
        .root()
        .put(
            "/application/settings",
            json!({"asset_proxy_secret_key": "hush-hush"}),
        )
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body.get("asset_proxy_secret_key"), None);
    assert!(!answer.text.contains("hush-hush"));
}

#[tokio::test]
async fn the_number_of_a_default_branch_protection_sets_the_object() {
    let lab = Lab::start().await;
    let object = |body: &Value| {
        let defaults = &body["default_branch_protection_defaults"];
        (
            defaults["allowed_to_push"][0]["access_level"].clone(),
            defaults["allowed_to_merge"][0]["access_level"].clone(),
            defaults["allow_force_push"].clone(),
            defaults["developer_can_initial_push"].clone(),
        )
    };
    for (number, push, merge, force, initial) in [
        (0, 30, 30, true, json!(null)),
        (1, 30, 40, false, json!(null)),
        (3, 40, 30, false, json!(null)),
        (4, 40, 40, false, json!(true)),
        (2, 40, 40, false, json!(null)),
    ] {
        let body = set(&lab, json!({"default_branch_protection": number})).await;
        assert_eq!(
            object(&body),
            (json!(push), json!(merge), json!(force), initial),
            "{number}"
        );
    }
    lab.root()
        .put("/application/settings", json!({"default_branch_protection": 5}))
        .await
        .is(
            400,
            json!({"error": "default_branch_protection does not have a valid value"}),
        );
}

#[tokio::test]
async fn a_form_sets_objects_and_lists_as_json_does() {
    let lab = Lab::start().await;
    let form = "default_branch_protection_defaults[allowed_to_push][][access_level]=30\
                &default_branch_protection_defaults[allow_force_push]=true\
                &restricted_visibility_levels[]=public&restricted_visibility_levels[]=internal";
    let answer = lab
        .root()
        .send(
            Method::PUT,
            "/api/v4/application/settings",
            "application/x-www-form-urlencoded",
            form.to_owned(),
        )
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.body["default_branch_protection_defaults"],
        json!({"allow_force_push": true, "allowed_to_push": [{"access_level": 30}]})
    );
    assert_eq!(
        answer.body["restricted_visibility_levels"],
        json!(["public", "internal"])
    );
}

#[tokio::test]
async fn unknown_visibilities_count_as_private() {
    let lab = Lab::start().await;
    let body = set(&lab, json!({"restricted_visibility_levels": ["secret"]})).await;
    assert_eq!(body["restricted_visibility_levels"], json!(["private"]));
}

#[tokio::test]
async fn the_throttle_of_the_settings_acts_with_the_next_request() {
    let (lab, clock) = lab_with_a_clock().await;
    assert_eq!(lab.dev(1).get("/version").await.header("ratelimit-limit"), None);
    set(
        &lab,
        json!({
            "throttle_authenticated_api_enabled": true,
            "throttle_authenticated_api_requests_per_period": 2,
            "throttle_authenticated_api_period_in_seconds": 30,
        }),
    )
    .await;
    let first = lab.dev(1).get("/version").await;
    assert_eq!(first.header("ratelimit-limit"), Some("4"));
    assert_eq!(first.header("ratelimit-name"), Some("throttle_authenticated_api"));
    assert_eq!(first.header("ratelimit-remaining"), Some("1"));
    lab.dev(1).get("/version").await;
    let refused = lab.dev(1).get("/version").await;
    assert_eq!((refused.status, refused.text.as_str()), (429, "Retry later\n"));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    clock.advance(Duration::from_secs(wait));
    assert_eq!(lab.dev(1).get("/version").await.status, 200);
    set(&lab, json!({"throttle_authenticated_api_enabled": false})).await;
    assert_eq!(lab.dev(1).get("/version").await.header("ratelimit-limit"), None);
}

#[tokio::test]
async fn the_throttle_of_strangers_is_another_one() {
    let lab = Lab::start().await;
    set(
        &lab,
        json!({
            "throttle_unauthenticated_api_enabled": true,
            "throttle_unauthenticated_api_requests_per_period": 1,
        }),
    )
    .await;
    let first = lab.anonymous().get("/projects").await;
    assert_eq!(first.status, 200);
    assert_eq!(
        first.header("ratelimit-name"),
        Some("throttle_unauthenticated_api")
    );
    assert_eq!(lab.anonymous().get("/projects").await.status, 429);
    let signed_in = lab.dev(1).get("/projects").await;
    assert_eq!(
        (signed_in.status, signed_in.header("ratelimit-name")),
        (200, None)
    );
}

#[tokio::test]
async fn the_text_of_the_throttle_is_the_administrators() {
    let lab = Lab::start().await;
    set(
        &lab,
        json!({
            "throttle_unauthenticated_api_enabled": true,
            "throttle_unauthenticated_api_requests_per_period": 1,
            "rate_limiting_response_text": "Slow down, please",
        }),
    )
    .await;
    lab.anonymous().get("/projects").await;
    let refused = lab.anonymous().get("/projects").await;
    assert_eq!(
        (refused.status, refused.text.as_str()),
        (429, "Slow down, please\n")
    );
    assert_eq!(refused.header("content-type"), Some("text/plain"));
}

#[tokio::test]
async fn a_limiter_of_the_settings_answers_json_with_its_window() {
    let (lab, clock) = lab_with_a_clock().await;
    set(&lab, json!({"groups_api_limit": 2, "projects_api_limit": 1})).await;
    for _ in 0..2 {
        assert_eq!(lab.dev(1).get("/groups").await.status, 200);
    }
    let refused = lab.dev(1).get("/groups").await;
    refused.is(
        429,
        json!({"message": {"error": "This endpoint has been requested too many times. Try again later."}}),
    );
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert_eq!(
        lab.dev(2).get("/groups").await.status,
        200,
        "each user has a window"
    );
    lab.dev(1).get("/projects").await;
    assert_eq!(
        lab.dev(1).get("/projects").await.header("retry-after"),
        Some("600")
    );
    clock.advance(Duration::from_mins(1));
    assert_eq!(lab.dev(1).get("/groups").await.status, 200);
    assert_eq!(lab.dev(1).get("/projects").await.status, 429);
}

#[tokio::test]
async fn a_limiter_of_zero_is_off() {
    let lab = Lab::start().await;
    set(&lab, json!({"groups_api_limit": 1})).await;
    lab.dev(1).get("/groups").await;
    assert_eq!(lab.dev(1).get("/groups").await.status, 429);
    set(&lab, json!({"groups_api_limit": 0})).await;
    assert_eq!(lab.dev(1).get("/groups").await.status, 200);
}

#[tokio::test]
async fn archiving_and_unarchiving_groups_share_one_limiter() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    set(&lab, json!({"group_archive_unarchive_api_limit": 2})).await;
    for verb in ["archive", "unarchive"] {
        let answer = lab
            .root()
            .post(&format!("/groups/{acme}/{verb}"), json!(null))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let answer = lab
        .root()
        .post(&format!("/groups/{acme}/archive"), json!(null))
        .await;
    assert_eq!(answer.status, 429);
}

#[tokio::test]
async fn lists_of_all_members_share_one_limiter() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    set(&lab, json!({"project_members_api_limit": 1})).await;
    assert_eq!(
        lab.root()
            .get(&format!("/groups/{acme}/members/all"))
            .await
            .status,
        200
    );
    assert_eq!(
        lab.root()
            .get(&format!("/projects/{site}/members/all"))
            .await
            .status,
        429
    );
    assert_eq!(
        lab.root().get(&format!("/projects/{site}/members")).await.status,
        200
    );
}

#[tokio::test]
async fn projects_have_a_limiter_of_their_own_for_strangers() {
    let lab = Lab::start().await;
    set(&lab, json!({"projects_api_rate_limit_unauthenticated": 1})).await;
    lab.anonymous().get("/projects").await;
    let refused = lab.anonymous().get("/projects").await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (429, Some("600"))
    );
    assert_eq!(lab.dev(1).get("/projects").await.status, 200);
    assert_eq!(lab.dev(1).get("/projects").await.status, 200);
}
