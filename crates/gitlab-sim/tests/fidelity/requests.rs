//! How any request is taken (§0.4, §1.1, §1.5, §5.1, §11.2).

use gitlab_sim::Options;
use hyper::Method;
use serde_json::json;

use crate::client::Lab;
use crate::clock::HandClock;
use crate::examples::same_shape;

#[tokio::test]
async fn an_unknown_route_is_404_under_error_and_counted_as_unimplemented() {
    let lab = Lab::start().await;
    lab.root()
        .get("/projects/7/pipelines")
        .await
        .is(404, json!({"error": "404 Not Found"}));
    lab.root()
        .get("/projects/acme%2Fx/pipelines")
        .await
        .is(404, json!({"error": "404 Not Found"}));
    let answer = lab
        .root()
        .send(
            Method::POST,
            "/api/elsewhere",
            "application/json",
            "{}".to_owned(),
        )
        .await
        .unwrap();
    answer.is(404, json!({"error": "404 Not Found"}));
    assert_eq!(
        serde_json::to_value(lab.gitlab.stats().unimplemented).unwrap(),
        json!({"GET /projects/:id/pipelines": 2, "POST /api/elsewhere": 1})
    );
}

#[tokio::test]
async fn an_unencoded_slash_in_a_path_matches_no_route() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.group(Some(acme), "web", "private").await;
    lab.root()
        .get("/groups/acme/web")
        .await
        .is(404, json!({"error": "404 Not Found"}));
    assert_eq!(lab.root().get("/groups/acme%2Fweb").await.status, 200);
    assert_eq!(lab.root().get("/groups/acme%2fweb").await.status, 200);
}

#[tokio::test]
async fn a_known_route_with_another_verb_is_405_and_says_which_there_are() {
    let lab = Lab::start().await;
    let answer = lab.root().delete("/version", json!(null)).await;
    answer.is(405, json!({"error": "405 Not Allowed"}));
    assert_eq!(answer.header("allow"), Some("OPTIONS, GET, HEAD"));
}

#[tokio::test]
async fn version_three_is_gone() {
    let lab = Lab::start().await;
    let answer = lab
        .root()
        .send(Method::GET, "/api/v3/projects", "", String::new())
        .await
        .unwrap();
    answer.is(
        410,
        json!({"error": "API V3 is no longer supported. Use API V4 instead."}),
    );
}

#[tokio::test]
async fn without_a_token_or_with_an_unknown_one_it_is_401() {
    let lab = Lab::start().await;
    let refused = json!({"message": "401 Unauthorized"});
    lab.anonymous().get("/version").await.is(401, refused.clone());
    lab.bearer_of(Some("glpat-unknown".to_owned()))
        .get("/groups")
        .await
        .is(401, refused.clone());
    // An anonymous bad request is 401, not 400.
    lab.anonymous().post("/groups", json!({})).await.is(401, refused);
}

#[tokio::test]
async fn a_token_may_come_by_header_bearer_or_query() {
    let lab = Lab::start().await;
    assert_eq!(lab.root().get("/version").await.status, 200);
    let bearer = lab
        .anonymous()
        .with_header("Authorization", "Bearer glpat-sim-root");
    assert_eq!(bearer.get("/version").await.status, 200);
    assert_eq!(
        lab.anonymous()
            .get("/version?private_token=glpat-sim-root")
            .await
            .status,
        200
    );
    assert_eq!(
        lab.anonymous()
            .get("/version?access_token=glpat-sim-root")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_malformed_body_is_400_and_an_unknown_kind_415() {
    let lab = Lab::start().await;
    let path = "/api/v4/groups";
    let answer = lab
        .root()
        .send(Method::POST, path, "application/json", "{".to_owned())
        .await
        .unwrap();
    assert_eq!(answer.status, 400);
    assert!(
        answer.body["error"]
            .as_str()
            .unwrap()
            .starts_with("message body does not match declared format")
    );
    let answer = lab
        .root()
        .send(Method::POST, path, "application/xml", "<a/>".to_owned())
        .await
        .unwrap();
    answer.is(
        415,
        json!({"error": "The provided content-type 'application/xml' is not supported."}),
    );
}

#[tokio::test]
async fn parameters_may_be_json_form_or_query() {
    let lab = Lab::start().await;
    assert_eq!(lab.root().form("/groups", "name=One&path=one").await.status, 201);
    assert_eq!(
        lab.root()
            .post("/groups?name=Two&path=two", json!(null))
            .await
            .status,
        201
    );
    let answer = lab
        .root()
        .form("/projects", "path=x&topics[]=a&topics[]=b&issues_enabled=false")
        .await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.body["topics"], json!(["a", "b"]));
    assert_eq!(answer.body["issues_access_level"], "disabled");
}

#[tokio::test]
async fn unknown_parameters_are_ignored_and_wrong_enums_refused() {
    let lab = Lab::start().await;
    let body = json!({"name": "One", "path": "one", "visiblity": "nonsense"});
    assert_eq!(lab.root().post("/groups", body).await.status, 201);
    let body = json!({"name": "Two", "path": "two", "visibility": "nonsense", "lfs_enabled": "perhaps"});
    lab.root().post("/groups", body).await.is(
        400,
        json!({"error": "visibility does not have a valid value, lfs_enabled is invalid"}),
    );
}

#[tokio::test]
async fn missing_parameters_are_named_together() {
    let lab = Lab::start().await;
    lab.root()
        .post("/groups", json!({}))
        .await
        .is(400, json!({"error": "name is missing, path is missing"}));
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let lab = Lab::start().await;
    let answer = lab
        .root()
        .send(Method::HEAD, "/api/v4/version", "", String::new())
        .await
        .unwrap();
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert!(answer.header("content-length").unwrap().parse::<u32>().unwrap() > 0);
    let answer = lab
        .root()
        .send(Method::HEAD, "/api/v4/groups/none", "", String::new())
        .await
        .unwrap();
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn every_answer_has_an_id_a_runtime_and_a_date_and_no_server() {
    let lab = Lab::start().await;
    for path in ["/version", "/groups/none", "/nowhere"] {
        let answer = lab.root().get(path).await;
        assert_eq!(answer.header("x-request-id").unwrap().len(), 26, "{path}");
        assert!(
            answer.header("x-runtime").unwrap().parse::<f64>().is_ok(),
            "{path}"
        );
        assert!(answer.header("date").unwrap().ends_with(" GMT"), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{path}");
        assert_eq!(answer.header("server"), None, "{path}");
        assert_eq!(answer.header("ratelimit-limit"), None, "{path}");
    }
}

#[tokio::test]
async fn a_known_entity_tag_is_answered_with_304() {
    let lab = Lab::start().await;
    let first = lab.root().get("/version").await;
    let tag = first.header("etag").unwrap().to_owned();
    assert!(tag.starts_with("W/\""));
    let second = lab
        .root()
        .with_header("If-None-Match", &tag)
        .get("/version")
        .await;
    assert_eq!((second.status, second.text.as_str()), (304, ""));
}

#[tokio::test]
async fn an_administrator_may_act_as_someone_and_nobody_else_may() {
    let lab = Lab::start().await;
    let answer = lab.root().with_header("Sudo", "dev-0001").get("/user").await;
    assert_eq!(answer.body["username"], "dev-0001");
    assert_eq!(lab.root().get("/user?sudo=3").await.body["username"], "dev-0002");
    let answer = lab.root().with_header("Sudo", "nobody").get("/user").await;
    answer.is(
        404,
        json!({"message": "404 User with ID or username 'nobody' Not Found"}),
    );
    let answer = lab.dev(1).with_header("Sudo", "root").get("/user").await;
    answer.is(
        403,
        json!({"message": "403 Forbidden - Must be admin to use sudo"}),
    );
}

#[tokio::test]
async fn the_version_says_enterprise_and_metadata_says_the_same() {
    let lab = Lab::start().await;
    let version = lab.dev(1).get("/version").await;
    assert_eq!(version.body["version"], "18.9.1-ee");
    assert_eq!(version.body["enterprise"], true);
    assert_eq!(lab.dev(1).get("/metadata").await.body, version.body);
}

#[tokio::test]
async fn an_address_that_is_too_long_is_414_from_the_proxy() {
    let lab = Lab::start().await;
    let long = "x".repeat(9_000);
    let refused = lab.root().get(&format!("/groups?search={long}")).await;
    assert_eq!(
        (refused.status, refused.header("content-type")),
        (414, Some("text/html"))
    );
    let body = json!({"name": "X", "path": "xx", "other": long});
    assert_eq!(lab.root().post("/groups", body).await.status, 201);
}

#[tokio::test]
async fn groups_and_projects_are_named_by_number_or_encoded_path() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let site = lab.project(web, "site", "private").await;
    for (path, id) in [
        (format!("/groups/{web}"), web),
        ("/groups/acme%2Fweb".to_owned(), web),
        (format!("/projects/{site}"), site),
        ("/projects/acme%2Fweb%2Fsite".to_owned(), site),
    ] {
        assert_eq!(lab.root().get(&path).await.body["id"], id, "{path}");
    }
}

#[tokio::test]
async fn digits_are_an_id_also_with_a_minus_and_a_path_below_may_be_digits() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let digits = lab.group(Some(acme), "2026", "private").await;
    assert_eq!(lab.root().get("/groups/acme%2F2026").await.body["id"], digits);
    for path in ["/groups/2026", "/groups/-1"] {
        lab.root()
            .get(path)
            .await
            .is(404, json!({"message": "404 Group Not Found"}));
    }
    lab.root()
        .get("/projects/-1")
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
}

#[tokio::test]
async fn lists_and_objects_may_be_spelled_with_brackets_or_commas() {
    let lab = Lab::start().await;
    let root = lab.root();
    let topics = async |form: &str| root.form("/projects", form).await.body["topics"].clone();
    assert_eq!(topics("path=one&topics[]=a&topics[]=b").await, json!(["a", "b"]));
    assert_eq!(topics("path=two&topics=a,b").await, json!(["a", "b"]));
    let made = root
        .post("/projects", json!({"path": "three", "topics": ["a", "b"]}))
        .await;
    assert_eq!(made.body["topics"], json!(["a", "b"]));
    let form = "path=four&container_expiration_policy_attributes[enabled]=true\
                &container_expiration_policy_attributes[cadence]=7d";
    let policy = root.form("/projects", form).await.body["container_expiration_policy"].clone();
    assert_eq!(
        (&policy["enabled"], &policy["cadence"]),
        (&json!(true), &json!("7d"))
    );
}

#[tokio::test]
async fn a_plus_in_a_date_of_a_query_must_be_encoded() {
    let lab = Lab::start().await;
    let after = async |text: &str| lab.root().get(&format!("/users?created_after={text}")).await;
    assert_eq!(after("2020-01-01T01:00:00%2B01:00").await.status, 200);
    after("2020-01-01T01:00:00+01:00")
        .await
        .is(400, json!({"error": "created_after is invalid"}));
}

#[tokio::test]
async fn a_boolean_of_a_body_may_be_null() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let group = lab.root().get(&format!("/groups/{acme}")).await.body;
    assert_eq!(
        (&group["auto_devops_enabled"], &group["mentions_disabled"]),
        (&json!(null), &json!(null))
    );
}

#[tokio::test]
async fn times_are_in_utc_with_milliseconds_and_days_are_days() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().clock(clock)).await;
    let acme = lab.group(None, "acme", "private").await;
    lab.root().delete(&format!("/groups/{acme}"), json!(null)).await;
    let group = lab.root().get(&format!("/groups/{acme}")).await.body;
    assert_eq!(group["created_at"], "2026-03-02T09:14:07.512Z");
    assert_eq!(group["marked_for_deletion_on"], "2026-03-02");
}

#[tokio::test]
async fn every_answer_tells_its_id_twice_and_how_browsers_should_take_it() {
    let lab = Lab::start().await;
    for path in ["/version", "/groups/none", "/nowhere"] {
        let answer = lab.root().get(path).await;
        let id = answer.header("x-request-id").unwrap();
        let meta = format!("{{\"correlation_id\":\"{id}\",\"version\":\"1\"}}");
        assert_eq!(answer.header("x-gitlab-meta"), Some(meta.as_str()), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("SAMEORIGIN"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
}

#[tokio::test]
async fn what_is_read_has_a_weak_tag_and_what_is_written_has_none() {
    let lab = Lab::start().await;
    let read = lab.root().get("/groups").await;
    assert!(read.header("etag").unwrap().starts_with("W/\""));
    assert_eq!(
        read.header("cache-control"),
        Some("max-age=0, private, must-revalidate")
    );
    let written = lab
        .root()
        .post("/groups", json!({"name": "X", "path": "xx"}))
        .await;
    assert_eq!((written.status, written.header("etag")), (201, None));
    assert_eq!(lab.root().get("/groups/none").await.header("etag"), None);
}

#[tokio::test]
async fn an_action_that_makes_nothing_answers_201_all_the_same() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    for action in ["archive", "unarchive", "star", "unstar"] {
        let path = format!("/projects/{site}/{action}");
        assert_eq!(lab.root().post(&path, json!(null)).await.status, 201, "{action}");
    }
    // Groups are the exception.
    for action in ["archive", "unarchive"] {
        let path = format!("/groups/{acme}/{action}");
        assert_eq!(lab.root().post(&path, json!(null)).await.status, 200, "{action}");
    }
}

#[tokio::test]
async fn the_version_is_for_signed_in_users_and_names_its_parts() {
    let lab = Lab::start().await;
    for path in ["/version", "/metadata"] {
        lab.anonymous()
            .get(path)
            .await
            .is(401, json!({"message": "401 Unauthorized"}));
        same_shape(&lab.dev(1).get(path).await, "version");
    }
}
