//! Hooks of projects, groups and the instance, and how they are told (§7.17, §9.1, §11.4).

use std::time::Duration;

use gitlab_sim::{Background, Fault, Options, Tier};
use hyper::Method;
use serde_json::{Value, json};

use crate::client::{Actor, Lab};
use crate::clock::HandClock;
use crate::examples::same_shape;
use crate::receiver::Receiver;

/// `acme` with the project `acme/site`, both private, of a Premium instance that may deliver to this machine.
struct Places {
    lab: Lab,
    acme: u64,
    of_project: String,
    of_group: String,
}

async fn places() -> Places {
    placed(options()).await
}

fn options() -> Options {
    Options::empty()
        .users(9)
        .tier(Tier::Premium)
        .background(Background::IMMEDIATE)
}

async fn placed(options: Options) -> Places {
    let lab = Lab::with(options).await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    allow_local(&lab, true).await;
    Places {
        acme,
        of_project: format!("/projects/{site}/hooks"),
        of_group: format!("/groups/{acme}/hooks"),
        lab,
    }
}

async fn allow_local(lab: &Lab, allowed: bool) {
    let body = json!({"allow_local_requests_from_web_hooks_and_services": allowed});
    assert_eq!(lab.root().put("/application/settings", body).await.status, 200);
}

const FAR: &str = "https://ears.acme.example/hook";

async fn make(lab: &Lab, place: &str, body: Value) -> u64 {
    let answer = lab.root().post(place, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["id"].as_u64().unwrap()
}

/// A hook of the group that hears of projects, and who listens.
async fn listening(lab: &Lab, place: &str) -> (Receiver, u64) {
    let receiver = Receiver::start().await;
    let body = json!({"url": receiver.url("/hook"), "push_events": false, "project_events": true});
    let id = make(lab, place, body).await;
    (receiver, id)
}

fn error(text: &str) -> Value {
    json!({"error": text})
}

#[tokio::test]
async fn a_hook_of_a_project_has_the_documented_keys() {
    let Places { lab, of_project, .. } = places().await;
    let body = json!({
        "url": "https://ears.acme.example/{room}", "custom_headers": [{"key": "X-Room", "value": "7"}],
        "url_variables": [{"key": "room", "value": "7"}],
    });
    let made = lab.root().post(&of_project, body).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "hook_of_project");
    let one = format!("{of_project}/{}", made.body["id"]);
    same_shape(&lab.root().get(&one).await, "hook_of_project");
}

#[tokio::test]
async fn a_hook_of_a_group_has_the_documented_keys() {
    let Places { lab, of_group, .. } = places().await;
    let body = json!({
        "url": FAR, "custom_headers": [{"key": "X-Room", "value": "7"}], "subgroup_events": true,
        "member_events": true, "project_events": true,
    });
    let made = lab.root().post(&of_group, body).await;
    same_shape(&made, "hook_of_group");
    for key in [
        "subgroup_events",
        "member_events",
        "project_events",
        "push_events",
    ] {
        assert_eq!(made.body[key], true, "{key}");
    }
}

#[tokio::test]
async fn a_hook_of_the_instance_has_the_documented_keys() {
    let Places { lab, .. } = places().await;
    let made = lab.root().post("/hooks", json!({"url": FAR})).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "hook_of_system");
    assert_eq!(
        (&made.body["push_events"], &made.body["repository_update_events"]),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn lists_leave_out_headers_and_variables() {
    let Places {
        lab,
        of_project,
        of_group,
        ..
    } = places().await;
    for place in [of_project.as_str(), &of_group, "/hooks"] {
        make(&lab, place, json!({"url": FAR})).await;
        let rows = lab.root().get(place).await;
        let row = rows.body[0].as_object().unwrap();
        assert!(row.contains_key("url") && row.contains_key("alert_status"));
        assert!(
            !row.contains_key("url_variables") && !row.contains_key("custom_headers"),
            "{place}"
        );
    }
}

#[tokio::test]
async fn hooks_are_made_read_changed_and_removed() {
    let Places {
        lab,
        of_project,
        of_group,
        ..
    } = places().await;
    for place in [of_project.as_str(), &of_group, "/hooks"] {
        let body = json!({"url": "http://hook.acme.example", "name": "n", "description": "d"});
        let one = format!("{place}/{}", make(&lab, place, body).await);
        let body =
            json!({"url": FAR, "tag_push_events": true, "enable_ssl_verification": false, "name": "m"});
        let changed = lab.root().put(&one, body).await;
        assert_eq!(changed.status, 200);
        assert_eq!(
            (
                &changed.body["url"],
                &changed.body["tag_push_events"],
                &changed.body["enable_ssl_verification"]
            ),
            (&json!(FAR), &json!(true), &json!(false))
        );
        assert_eq!(
            (&changed.body["name"], &changed.body["description"]),
            (&json!("m"), &json!("d"))
        );
        assert_eq!(lab.root().get(&one).await.body, changed.body);
        let gone = lab.root().delete(&one, json!(null)).await;
        assert_eq!((gone.status, gone.text.as_str()), (204, ""));
        assert_eq!(lab.root().get(place).await.body, json!([]));
    }
}

#[tokio::test]
async fn pushes_are_told_unless_turned_off() {
    let Places { lab, of_project, .. } = places().await;
    let usual = lab.root().post(&of_project, json!({"url": FAR})).await;
    assert_eq!(usual.body["push_events"], true);
    let off = lab
        .root()
        .post(&of_project, json!({"url": FAR, "push_events": false}))
        .await;
    assert_eq!(off.body["push_events"], false);
}

#[tokio::test]
async fn an_address_is_needed() {
    let Places {
        lab,
        of_project,
        of_group,
        ..
    } = places().await;
    for place in [of_project.as_str(), &of_group, "/hooks"] {
        lab.root()
            .post(place, json!({"push_events": true}))
            .await
            .is(400, error("url is missing"));
    }
}

#[tokio::test]
async fn a_bad_address_is_422() {
    let Places {
        lab,
        of_project,
        of_group,
        ..
    } = places().await;
    for place in [of_project.as_str(), &of_group, "/hooks"] {
        for url in [
            "",
            "ears.acme.example",
            "ftp://ears.acme.example",
            "http://",
            "https://x.example/{token}",
        ] {
            lab.root()
                .post(place, json!({"url": url}))
                .await
                .is(422, error("Invalid url given"));
        }
    }
    let one = format!(
        "{of_project}/{}",
        make(&lab, &of_project, json!({"url": FAR})).await
    );
    lab.root()
        .put(&one, json!({"url": "gopher://x"}))
        .await
        .is(422, error("Invalid url given"));
    assert_eq!(lab.root().get(&one).await.body["url"], FAR);
}

#[tokio::test]
async fn an_address_on_the_local_network_needs_the_administrators_leave() {
    let Places { lab, of_project, .. } = places().await;
    allow_local(&lab, false).await;
    for url in [
        "http://localhost:3000",
        "http://127.0.0.1/x",
        "http://192.168.7.1",
        "http://[::1]/",
    ] {
        lab.root()
            .post(&of_project, json!({"url": url}))
            .await
            .is(422, error("Invalid url given"));
        // Hooks of the instance have a setting of their own, which is on at first.
        make(&lab, "/hooks", json!({"url": url})).await;
    }
    allow_local(&lab, true).await;
    make(&lab, &of_project, json!({"url": "http://127.0.0.1/x"})).await;
}

#[tokio::test]
async fn a_bad_branch_filter_is_422() {
    let Places { lab, of_project, .. } = places().await;
    let of = |filter: &str, strategy: &str| json!({"url": FAR, "push_events_branch_filter": filter, "branch_filter_strategy": strategy});
    for (filter, strategy) in [
        ("bad filter name", "wildcard"),
        ("a..b", "wildcard"),
        ("(open", "regex"),
    ] {
        lab.root()
            .post(&of_project, of(filter, strategy))
            .await
            .is(422, error("Invalid branch filter given"));
    }
    make(&lab, &of_project, of("release/*", "wildcard")).await;
    make(&lab, &of_project, of("^v[0-9]+$", "regex")).await;
    let all = lab
        .root()
        .post(&of_project, of("anything at all", "all_branches"))
        .await;
    assert_eq!(
        (all.status, &all.body["push_events_branch_filter"]),
        (201, &json!(""))
    );
}

#[tokio::test]
async fn a_strategy_that_is_none_is_refused() {
    let Places { lab, of_project, .. } = places().await;
    lab.root()
        .post(&of_project, json!({"url": FAR, "branch_filter_strategy": "glob"}))
        .await
        .is(400, error("branch_filter_strategy does not have a valid value"));
}

#[tokio::test]
async fn a_second_hook_with_one_address_is_a_second_hook() {
    let Places { lab, of_project, .. } = places().await;
    let first = make(&lab, &of_project, json!({"url": FAR})).await;
    let second = make(&lab, &of_project, json!({"url": FAR})).await;
    assert_ne!(first, second);
    assert_eq!(lab.root().get(&of_project).await.column("url"), [FAR, FAR]);
}

#[tokio::test]
async fn a_project_has_at_most_100_hooks_and_a_group_50() {
    let Places {
        lab,
        of_project,
        of_group,
        ..
    } = places().await;
    for (place, most, text) in [
        (of_project, 100, "Maximum number of project hooks (100) exceeded"),
        (of_group, 50, "Maximum number of group hooks (50) exceeded"),
    ] {
        for _ in 0..most {
            make(&lab, &place, json!({"url": FAR})).await;
        }
        lab.root()
            .post(&place, json!({"url": FAR}))
            .await
            .is(422, json!({"message": {"base": [text]}}));
    }
}

#[tokio::test]
async fn a_token_is_written_and_never_read() {
    let Places { lab, of_project, .. } = places().await;
    let made = lab
        .root()
        .post(&of_project, json!({"url": FAR, "token": "t0p-secret"}))
        .await;
    let one = format!("{of_project}/{}", made.body["id"]);
    let changed = lab.root().put(&one, json!({"name": "x"})).await;
    for answer in [
        made,
        lab.root().get(&one).await,
        lab.root().get(&of_project).await,
        changed,
    ] {
        assert!(!answer.text.contains("token\"") && !answer.text.contains("t0p-secret"));
    }
    lab.root()
        .put(&one, json!({"token": "two\nlines"}))
        .await
        .is(422, json!({"message": {"token": ["is invalid"]}}));
}

#[tokio::test]
async fn custom_headers_show_their_names_only() {
    let Places { lab, of_project, .. } = places().await;
    let body = json!({"url": FAR, "custom_headers": [{"key": "X-Room", "value": "hush"}]});
    let made = lab.root().post(&of_project, body).await;
    assert_eq!(made.body["custom_headers"], json!([{"key": "X-Room"}]));
    assert!(!made.text.contains("hush"));
    lab.root()
        .post(
            &of_project,
            json!({"url": FAR, "custom_headers": [{"key": "X-Room"}]}),
        )
        .await
        .is(400, error("custom_headers[0][value] is missing"));
}

#[tokio::test]
async fn bad_custom_headers_are_422() {
    let Places { lab, of_project, .. } = places().await;
    let of = |headers: Value| json!({"url": FAR, "custom_headers": headers});
    let many: Vec<Value> = (0..21)
        .map(|n| json!({"key": format!("X-{n}"), "value": "v"}))
        .collect();
    for headers in [
        json!([{"key": "with space", "value": "v"}]),
        json!([{"key": "-X", "value": "v"}]),
        json!([{"key": "X", "value": ""}]),
        json!(many),
    ] {
        lab.root()
            .post(&of_project, of(headers))
            .await
            .is(422, error("Custom headers validation failed"));
    }
}

#[tokio::test]
async fn variables_of_an_address_show_their_names_only() {
    let Places { lab, of_project, .. } = places().await;
    let url = "https://ears.acme.example/{room}";
    let body = json!({"url": url, "url_variables": [{"key": "room", "value": "hush"}]});
    let made = lab.root().post(&of_project, body).await;
    assert_eq!(
        (&made.body["url"], &made.body["url_variables"]),
        (&json!(url), &json!([{"key": "room"}]))
    );
    assert!(!made.text.contains("hush"));
}

#[tokio::test]
async fn given_headers_and_variables_are_added_to_those_there_are() {
    let Places { lab, of_project, .. } = places().await;
    let body = json!({
        "url": FAR, "custom_headers": [{"key": "X-A", "value": "1"}],
        "url_variables": [{"key": "a", "value": "1"}],
    });
    let one = format!("{of_project}/{}", make(&lab, &of_project, body).await);
    let body = json!({
        "custom_headers": [{"key": "X-B", "value": "2"}], "url_variables": [{"key": "b", "value": "2"}],
    });
    let changed = lab.root().put(&one, body).await;
    assert_eq!(
        changed.body["custom_headers"],
        json!([{"key": "X-A"}, {"key": "X-B"}])
    );
    assert_eq!(changed.body["url_variables"], json!([{"key": "a"}, {"key": "b"}]));
}

#[tokio::test]
async fn single_headers_and_variables_are_set_and_removed() {
    let Places {
        lab,
        of_project,
        of_group,
        ..
    } = places().await;
    for place in [of_project.as_str(), &of_group, "/hooks"] {
        let one = format!("{place}/{}", make(&lab, place, json!({"url": FAR})).await);
        for (part, key, what) in [
            ("custom_headers", "X-Room", "Custom header"),
            ("url_variables", "room", "URL variable"),
        ] {
            let path = format!("{one}/{part}/{key}");
            lab.root()
                .put(&path, json!({}))
                .await
                .is(400, error("value is missing"));
            assert_eq!(lab.root().put(&path, json!({"value": "7"})).await.status, 204);
            assert_eq!(lab.root().get(&one).await.body[part], json!([{"key": key}]));
            assert_eq!(lab.root().delete(&path, json!(null)).await.status, 204);
            lab.root()
                .delete(&path, json!(null))
                .await
                .is(404, json!({"message": format!("404 {what} Not Found")}));
            let bad = format!("{one}/{part}/not%20a%20name");
            lab.root()
                .put(&bad, json!({"value": "7"}))
                .await
                .is(422, error("Illegal key or value"));
        }
    }
}

#[tokio::test]
async fn another_address_forgets_what_was_secret() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    let one = format!("{of_group}/{id}");
    let secrets = json!({"token": "t0p", "custom_headers": [{"key": "X-Room", "value": "7"}]});
    lab.root().put(&one, secrets).await;
    lab.project(acme, "first", "private").await;
    assert_eq!(receiver.next().await.header("x-gitlab-token"), Some("t0p"));
    let moved = lab.root().put(&one, json!({"url": receiver.url("/other")})).await;
    assert_eq!(moved.body["custom_headers"], json!([]));
    lab.project(acme, "second", "private").await;
    let delivery = receiver.next().await;
    assert_eq!(
        (delivery.path.as_str(), delivery.header("x-gitlab-token")),
        ("/other", None)
    );
}

#[tokio::test]
async fn an_update_wants_a_parameter() {
    let Places { lab, of_project, .. } = places().await;
    let one = format!(
        "{of_project}/{}",
        make(&lab, &of_project, json!({"url": FAR})).await
    );
    lab.root()
        .put(&one, json!({"nmae": "x"}))
        .await
        .is(400, error("No parameters provided"));
}

#[tokio::test]
async fn a_missing_hook_is_404_with_a_small_f() {
    let Places {
        lab,
        of_project,
        of_group,
        ..
    } = places().await;
    let not_found = || json!({"message": "404 Not found"});
    let other = make(&lab, "/hooks", json!({"url": FAR})).await;
    for place in [of_project.as_str(), &of_group] {
        // A hook of someone else is none here.
        for id in [other, 999] {
            let one = format!("{place}/{id}");
            lab.root().get(&one).await.is(404, not_found());
            lab.root()
                .put(&one, json!({"name": "x"}))
                .await
                .is(404, not_found());
            lab.root().delete(&one, json!(null)).await.is(404, not_found());
            lab.root()
                .get(&format!("{one}/events"))
                .await
                .is(404, not_found());
        }
    }
    lab.root()
        .get(&format!("{of_project}/first"))
        .await
        .is(400, error("hook_id is invalid"));
}

#[tokio::test]
async fn hooks_of_a_project_are_for_maintainers() {
    let Places { lab, of_project, .. } = places().await;
    let project = of_project
        .trim_start_matches('/')
        .trim_end_matches("/hooks")
        .to_owned();
    lab.member(&project, 1, 30).await;
    lab.member(&project, 2, 40).await;
    let forbidden = json!({"message": "403 Forbidden"});
    lab.dev(1).get(&of_project).await.is(403, forbidden.clone());
    // Before the parameters are looked at.
    lab.dev(1).post(&of_project, json!({})).await.is(403, forbidden);
    assert_eq!(
        lab.dev(2).post(&of_project, json!({"url": FAR})).await.status,
        201
    );
    lab.dev(3)
        .get(&of_project)
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
    lab.anonymous()
        .get(&of_project)
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn hooks_of_a_group_are_for_owners_and_a_licence() {
    let Places { lab, of_group, .. } = places().await;
    let group = of_group
        .trim_start_matches('/')
        .trim_end_matches("/hooks")
        .to_owned();
    lab.member(&group, 1, 40).await;
    lab.member(&group, 2, 50).await;
    lab.dev(1)
        .get(&of_group)
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    assert_eq!(lab.dev(2).post(&of_group, json!({"url": FAR})).await.status, 201);

    let Places { lab, of_group, .. } = placed(options().tier(Tier::Free)).await;
    let not_found = json!({"message": "404 Not Found"});
    lab.root().get(&of_group).await.is(404, not_found.clone());
    lab.root()
        .post(&of_group, json!({"url": FAR}))
        .await
        .is(404, not_found);
}

#[tokio::test]
async fn hooks_of_the_instance_are_for_administrators() {
    let Places { lab, .. } = places().await;
    lab.dev(1)
        .get("/hooks")
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    lab.anonymous()
        .post("/hooks", json!({"url": FAR}))
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn a_delivery_has_all_headers() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    lab.root()
        .put(&format!("{of_group}/{id}"), json!({"token": "t0p"}))
        .await;
    lab.project(acme, "shop", "private").await;
    let first = receiver.next().await;
    assert_eq!(first.path, "/hook");
    for (name, value) in [
        ("content-type", "application/json"),
        ("x-gitlab-event", "Project Hook"),
        ("x-gitlab-token", "t0p"),
        ("x-gitlab-instance", lab.gitlab.url()),
        ("user-agent", "GitLab/18.9.1-ee"),
    ] {
        assert_eq!(first.header(name), Some(value), "{name}");
    }
    for name in ["x-gitlab-webhook-uuid", "x-gitlab-event-uuid", "idempotency-key"] {
        assert_eq!(first.header(name).unwrap().len(), 36, "{name}");
    }
    assert_eq!(first.header("webhook-id"), first.header("idempotency-key"));
    assert!(first.header("webhook-timestamp").unwrap().parse::<u64>().is_ok());
    lab.project(acme, "next", "private").await;
    let second = receiver.next().await;
    let uuid = "x-gitlab-webhook-uuid";
    assert_eq!(first.header(uuid), second.header(uuid), "it is the hook's");
}

#[tokio::test]
async fn a_delivery_without_a_token_has_no_header_for_it() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let (mut receiver, _) = listening(&lab, &of_group).await;
    lab.project(acme, "shop", "private").await;
    assert_eq!(receiver.next().await.header("x-gitlab-token"), None);
}

#[tokio::test]
async fn custom_headers_and_variables_are_sent() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let mut receiver = Receiver::start().await;
    let body = json!({
        "url": receiver.url("/{room}/door"), "project_events": true,
        "custom_headers": [{"key": "X-Room", "value": "blue"}],
        "url_variables": [{"key": "room", "value": "seven"}],
    });
    make(&lab, &of_group, body).await;
    lab.project(acme, "shop", "private").await;
    let delivery = receiver.next().await;
    assert_eq!(
        (delivery.path.as_str(), delivery.header("x-room")),
        ("/seven/door", Some("blue"))
    );
}

#[tokio::test]
async fn name_and_password_of_an_address_become_a_header() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let mut receiver = Receiver::start().await;
    let url = format!("http://ada:pa%40ss@{}/hook", receiver.address());
    make(&lab, &of_group, json!({"url": url, "project_events": true})).await;
    lab.project(acme, "shop", "private").await;
    // `ada:pa@ss`
    assert_eq!(
        receiver.next().await.header("authorization"),
        Some("Basic YWRhOnBhQHNz")
    );
}

#[tokio::test]
async fn an_event_has_one_uuid_and_each_delivery_a_key_of_its_own() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let (mut one, _) = listening(&lab, &of_group).await;
    let (mut other, _) = listening(&lab, &of_group).await;
    lab.project(acme, "shop", "private").await;
    let (first, second) = (one.next().await, other.next().await);
    let (event, key) = ("x-gitlab-event-uuid", "idempotency-key");
    assert_eq!(first.header(event), second.header(event));
    assert_ne!(first.header(key), second.header(key));
    lab.project(acme, "next", "private").await;
    let third = one.next().await;
    assert_ne!(first.header(event), third.header(event));
    assert_ne!(first.header(key), third.header(key));
}

#[tokio::test]
async fn a_template_makes_the_body() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    let template = r#"{"what":"{{event_name}}","id":{{project_id}},"nothing":{{no.such.thing}}}"#;
    let one = format!("{of_group}/{id}");
    let shown = lab
        .root()
        .put(&one, json!({"custom_webhook_template": template}))
        .await;
    assert_eq!(shown.body["custom_webhook_template"], template);
    let shop = lab.project(acme, "shop", "private").await;
    let text = receiver.next().await.text;
    assert_eq!(
        text,
        format!(r#"{{"what":"project_create","id":{shop},"nothing":null}}"#)
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    receiver.answer(302);
    lab.project(acme, "shop", "private").await;
    assert_eq!(receiver.next().await.path, "/hook");
    receiver.answer(200);
    lab.project(acme, "next", "private").await;
    assert_eq!(receiver.next().await.path, "/hook");
    remembered(&lab, &format!("{of_group}/{id}"), 2).await;
    let log = lab.root().get(&format!("{of_group}/{id}/events")).await;
    assert_eq!(log.column("response_status"), ["200", "302"]);
}

/// Waits until so many deliveries are remembered: the receiver answers before that.
async fn remembered(lab: &Lab, one: &str, count: usize) {
    let path = format!("{one}/events");
    loop {
        let rows = lab.root().get(&path).await;
        let total: usize = rows.header("x-total").unwrap().parse().unwrap();
        if total >= count {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_receiver_has_ten_seconds() {
    let clock = HandClock::new();
    let Places {
        lab, of_group, acme, ..
    } = placed(options().clock(clock.clone())).await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    receiver.answer(0);
    lab.project(acme, "shop", "private").await;
    receiver.next().await;
    let one = format!("{of_group}/{id}");
    assert_eq!(lab.root().get(&format!("{one}/events")).await.body, json!([]));
    clock.advance(Duration::from_secs(10));
    remembered(&lab, &one, 1).await;
    let log = lab.root().get(&format!("{one}/events")).await;
    assert_eq!(log.column("response_status"), ["internal error"]);
    assert_eq!(log.body[0]["execution_duration"], 10.0);
}

/// Makes the hook's receiver fail that often in a row, past all pauses.
async fn fail(
    lab: &Lab,
    clock: &HandClock,
    receiver: &mut Receiver,
    one: &str,
    acme: u64,
    times: std::ops::Range<usize>,
) {
    for n in times {
        lab.project(acme, &format!("p{n}"), "private").await;
        receiver.next().await;
        remembered(lab, one, n + 1).await;
        if n >= 3 {
            clock.advance(Duration::from_hours(24) + Duration::from_secs(1));
        }
    }
}

#[tokio::test]
async fn four_failures_in_a_row_pause_a_hook() {
    let clock = HandClock::new();
    let Places {
        lab, of_group, acme, ..
    } = placed(options().clock(clock.clone())).await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    let one = format!("{of_group}/{id}");
    receiver.answer(500);
    for n in 0..4 {
        let shown = lab.root().get(&one).await.body;
        assert_eq!(
            (&shown["alert_status"], &shown["disabled_until"]),
            (&json!("executable"), &json!(null)),
            "after {n} failures"
        );
        lab.project(acme, &format!("p{n}"), "private").await;
        receiver.next().await;
        remembered(&lab, &one, n + 1).await;
    }
    let shown = lab.root().get(&one).await.body;
    // The clock stands at 2026-03-02T09:14:07.512Z.
    assert_eq!(
        (&shown["alert_status"], &shown["disabled_until"]),
        (&json!("temporarily_disabled"), &json!("2026-03-02T09:15:07.512Z"))
    );
}

#[tokio::test]
async fn a_paused_hook_is_told_nothing_and_goes_on_after_it() {
    let clock = HandClock::new();
    let Places {
        lab, of_group, acme, ..
    } = placed(options().clock(clock.clone())).await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    let one = format!("{of_group}/{id}");
    receiver.answer(500);
    for n in 0..4 {
        lab.project(acme, &format!("p{n}"), "private").await;
        receiver.next().await;
        remembered(&lab, &one, n + 1).await;
    }
    receiver.answer(200);
    lab.project(acme, "unheard", "private").await;
    assert_eq!(
        lab.root().get(&format!("{one}/events")).await.header("x-total"),
        Some("4")
    );
    clock.advance(Duration::from_secs(61));
    assert_eq!(lab.root().get(&one).await.body["alert_status"], "executable");
    lab.project(acme, "heard", "private").await;
    assert_eq!(receiver.next().await.body["name"], "heard");
}

#[tokio::test]
async fn forty_failures_in_a_row_disable_a_hook() {
    let clock = HandClock::new();
    let Places {
        lab, of_group, acme, ..
    } = placed(options().clock(clock.clone())).await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    let one = format!("{of_group}/{id}");
    receiver.answer(404);
    // A week is remembered, so the last seven or so are seen.
    for n in 0..40 {
        lab.project(acme, &format!("p{n}"), "private").await;
        receiver.next().await;
        while lab.gitlab.stats().deliveries.failed <= n {
            tokio::task::yield_now().await;
        }
        // The counter moves just before the hook does.
        while n >= 3 && lab.root().get(&one).await.body["alert_status"] == "executable" {
            tokio::task::yield_now().await;
        }
        if (3..39).contains(&n) {
            clock.advance(Duration::from_hours(24) + Duration::from_secs(1));
        }
    }
    assert_eq!(lab.root().get(&one).await.body["alert_status"], "disabled");
    clock.advance(Duration::from_hours(24 * 30));
    assert_eq!(lab.root().get(&one).await.body["alert_status"], "disabled");
}

#[tokio::test]
async fn a_success_makes_up_for_failures() {
    let clock = HandClock::new();
    let Places {
        lab, of_group, acme, ..
    } = placed(options().clock(clock.clone())).await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    let one = format!("{of_group}/{id}");
    receiver.answer(500);
    fail(&lab, &clock, &mut receiver, &one, acme, 0..3).await;
    receiver.answer(204);
    lab.project(acme, "fine", "private").await;
    receiver.next().await;
    remembered(&lab, &one, 4).await;
    receiver.answer(500);
    for n in 4..7 {
        lab.project(acme, &format!("q{n}"), "private").await;
        receiver.next().await;
        remembered(&lab, &one, n + 1).await;
    }
    assert_eq!(lab.root().get(&one).await.body["alert_status"], "executable");
}

#[tokio::test]
async fn hooks_of_the_instance_are_never_disabled() {
    let Places { lab, acme, .. } = places().await;
    let mut receiver = Receiver::start().await;
    let id = make(&lab, "/hooks", json!({"url": receiver.url("/")})).await;
    receiver.answer(500);
    for n in 0..6 {
        lab.project(acme, &format!("p{n}"), "private").await;
        receiver.next().await;
    }
    let shown = lab.root().get(&format!("/hooks/{id}")).await.body;
    assert_eq!(
        (&shown["alert_status"], &shown["disabled_until"]),
        (&json!("executable"), &json!(null))
    );
}

#[tokio::test]
async fn what_was_delivered_is_remembered_the_latest_first() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    let one = format!("{of_group}/{id}");
    lab.root().put(&one, json!({"token": "t0p-secret"})).await;
    for name in ["first", "second"] {
        lab.project(acme, name, "private").await;
        receiver.next().await;
    }
    remembered(&lab, &one, 2).await;
    let log = lab.root().get(&format!("{one}/events")).await;
    assert_eq!(log.body[0]["request_data"]["name"], "second");
    assert_eq!(log.body[1]["request_data"]["name"], "first");
    assert_eq!(log.body[0]["request_headers"]["X-Gitlab-Token"], "[REDACTED]");
    assert!(!log.text.contains("t0p-secret"));
    assert_eq!(
        (&log.body[0]["response_body"], &log.body[0]["trigger"]),
        (&json!("noted"), &json!("project_hooks"))
    );
    lab.root()
        .get(&format!("{one}/events?per_page=21"))
        .await
        .is(400, error("per_page does not have a valid value"));
    lab.root().put(&one, json!({"token": ""})).await;
    lab.project(acme, "third", "private").await;
    receiver.next().await;
    remembered(&lab, &one, 3).await;
    same_shape(
        &lab.root().get(&format!("{one}/events?per_page=1")).await,
        "hook_delivery",
    );
}

#[tokio::test]
async fn what_was_delivered_is_found_by_how_it_ended() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    let one = format!("{of_group}/{id}");
    for (n, status) in [200, 404, 503].into_iter().enumerate() {
        receiver.answer(status);
        lab.project(acme, &format!("p{status}"), "private").await;
        receiver.next().await;
        remembered(&lab, &one, n + 1).await;
    }
    for (wanted, found) in [
        ("successful", vec!["200"]),
        ("client_failure", vec!["404"]),
        ("server_failure", vec!["503"]),
        ("404", vec!["404"]),
        ("successful,503", vec!["503", "200"]),
    ] {
        let rows = lab.root().get(&format!("{one}/events?status={wanted}")).await;
        assert_eq!(rows.column("response_status"), found, "{wanted}");
    }
    lab.root()
        .get(&format!("{one}/events?status=999"))
        .await
        .is(400, error("status does not have a valid value"));
}

#[tokio::test]
async fn a_delivery_is_sent_again_with_its_key() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    let one = format!("{of_group}/{id}");
    receiver.answer(503);
    lab.project(acme, "shop", "private").await;
    let first = receiver.next().await;
    remembered(&lab, &one, 1).await;
    let log = lab.root().get(&format!("{one}/events")).await.body[0]["id"].clone();
    receiver.answer(200);
    let resend = format!("{one}/events/{log}/resend");
    lab.root()
        .post(&resend, json!(null))
        .await
        .is(201, json!({"response_status": 200}));
    let again = receiver.next().await;
    let key = "idempotency-key";
    assert_eq!((again.header(key), &again.text), (first.header(key), &first.text));
    lab.root()
        .post(&format!("{one}/events/999/resend"), json!(null))
        .await
        .is(404, json!({"message": "404 Not found"}));
}

#[tokio::test]
async fn a_test_answers_201_when_it_has_arrived() {
    let Places { lab, acme, .. } = places().await;
    let body = json!({"path": "begun", "namespace_id": acme, "initialize_with_readme": true});
    let begun = lab.root().post("/projects", body).await.body["id"].clone();
    let of_project = format!("/projects/{begun}/hooks");
    let mut receiver = Receiver::start().await;
    let body = json!({"url": receiver.url("/t"), "push_events": false});
    let id = make(&lab, &of_project, body).await;
    let test = format!("{of_project}/{id}/test/push_events");
    lab.root()
        .post(&test, json!(null))
        .await
        .is(201, json!({"message": "201 Created"}));
    let delivery = receiver.next().await;
    assert_eq!(delivery.header("x-gitlab-event"), Some("Push Hook"));
    assert_eq!(delivery.body["ref"], "refs/heads/main");
    assert_eq!(delivery.body["commits"].as_array().unwrap().len(), 1);
    let test = format!("{of_project}/{id}/test/resource_access_token_events");
    lab.root()
        .post(&test, json!(null))
        .await
        .is(201, json!({"message": "201 Created"}));
    assert_eq!(receiver.next().await.event(), "expiring_access_token");
}

#[tokio::test]
async fn a_test_that_fails_is_422_with_what_the_receiver_said() {
    let Places { lab, of_project, .. } = places().await;
    let mut receiver = Receiver::start().await;
    receiver.answer(500);
    let id = make(&lab, &of_project, json!({"url": receiver.url("/t")})).await;
    let test = format!("{of_project}/{id}/test/resource_access_token_events");
    lab.root()
        .post(&test, json!(null))
        .await
        .is(422, json!({"message": "noted"}));
    receiver.next().await;
}

#[tokio::test]
async fn a_test_without_anything_to_tell_is_422() {
    let Places { lab, of_project, .. } = places().await;
    let id = make(&lab, &of_project, json!({"url": FAR})).await;
    for (trigger, text) in [
        ("push_events", "Ensure the project has at least one commit."),
        ("merge_requests_events", "Ensure the project has merge requests."),
        ("issues_events", "Ensure the project has issues."),
        ("note_events", "Ensure the project has notes."),
        ("pipeline_events", "Ensure the project has CI pipelines."),
    ] {
        let answer = lab
            .root()
            .post(&format!("{of_project}/{id}/test/{trigger}"), json!(null))
            .await;
        answer.is(422, json!({"message": text}));
    }
}

#[tokio::test]
async fn a_test_of_an_unknown_trigger_is_400() {
    let Places { lab, of_project, .. } = places().await;
    let id = make(&lab, &of_project, json!({"url": FAR})).await;
    lab.root()
        .post(&format!("{of_project}/{id}/test/party_events"), json!(null))
        .await
        .is(400, error("trigger does not have a valid value"));
}

#[tokio::test]
async fn five_tests_a_minute_are_enough() {
    let Places { lab, of_project, .. } = places().await;
    let preset = json!({"preset": "self-managed"});
    assert_eq!(lab.control(Method::POST, "/limits", preset).await.status, 200);
    let id = make(&lab, &of_project, json!({"url": FAR})).await;
    let test = format!("{of_project}/{id}/test/issues_events");
    for _ in 0..5 {
        assert_eq!(lab.root().post(&test, json!(null)).await.status, 422);
    }
    let refused = lab.root().post(&test, json!(null)).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("60")));
}

#[tokio::test]
async fn a_test_of_a_system_hook_answers_what_it_told() {
    let Places { lab, .. } = places().await;
    let mut receiver = Receiver::start().await;
    let id = make(&lab, "/hooks", json!({"url": receiver.url("/")})).await;
    let answer = lab.root().post(&format!("/hooks/{id}"), json!(null)).await;
    assert_eq!(
        (answer.status, &answer.body["event_name"]),
        (201, &json!("project_create"))
    );
    assert_eq!(receiver.next().await.body, answer.body);
}

#[tokio::test]
async fn deliveries_can_be_duplicated() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let (mut receiver, _) = listening(&lab, &of_group).await;
    let fault =
        json!({"match": {"method": "DELIVER", "path": "/project_create"}, "nth": 1, "action": "duplicate"});
    let given = lab.control(Method::POST, "/faults", fault).await;
    assert_eq!(given.status, 200, "{given:?}");
    lab.project(acme, "shop", "private").await;
    let (one, other) = (receiver.next().await, receiver.next().await);
    let key = "idempotency-key";
    assert_eq!((one.header(key), &one.text), (other.header(key), &other.text));
}

#[tokio::test]
async fn deliveries_can_be_reordered() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let (mut receiver, _) = listening(&lab, &of_group).await;
    lab.gitlab
        .fault(Fault::delivery("*").nth(1).then(gitlab_sim::Action::Reorder));
    lab.project(acme, "first", "private").await;
    lab.project(acme, "second", "private").await;
    assert_eq!(receiver.next().await.body["name"], "second");
    assert_eq!(receiver.next().await.body["name"], "first");
}

#[tokio::test]
async fn deliveries_can_be_late_and_lost() {
    let clock = HandClock::new();
    let Places {
        lab, of_group, acme, ..
    } = placed(options().clock(clock.clone())).await;
    let (mut receiver, _) = listening(&lab, &of_group).await;
    lab.gitlab.fault(Fault::delivery("*").nth(1).drop_connection());
    lab.gitlab
        .fault(Fault::delivery("*").nth(2).delay(Duration::from_secs(30)));
    lab.project(acme, "lost", "private").await;
    let (mut other, _) = listening(&lab, &of_group).await;
    lab.project(acme, "late", "private").await;
    // The other hook hears of it at once.
    assert_eq!(other.next().await.body["name"], "late");
    clock.advance(Duration::from_secs(30));
    assert_eq!(receiver.next().await.body["name"], "late");
    let refused = json!({"match": {"method": "POST"}, "action": "duplicate"});
    let answer = lab.control(Method::POST, "/faults", refused).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text.contains("DELIVER"), "{}", answer.text);
}

#[tokio::test]
async fn deliveries_are_counted() {
    let Places {
        lab, of_group, acme, ..
    } = places().await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    let one = format!("{of_group}/{id}");
    for (n, status) in [200, 500].into_iter().enumerate() {
        receiver.answer(status);
        lab.project(acme, &format!("p{status}"), "private").await;
        receiver.next().await;
        remembered(&lab, &one, n + 1).await;
    }
    let stats = lab.control(Method::GET, "/stats", Value::Null).await.body;
    assert_eq!(stats["deliveries"], json!({"delivered": 1, "failed": 1}));
}

#[tokio::test]
async fn hooks_and_their_letters_stay_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let later = |seconds| Background::After(Duration::from_secs(seconds));
    let clock = HandClock::new();
    let start = |background| {
        options()
            .state_file(&file)
            .clock(clock.clone())
            .background(background)
    };
    let Places {
        lab, of_group, acme, ..
    } = placed(start(later(60))).await;
    let (mut receiver, id) = listening(&lab, &of_group).await;
    lab.project(acme, "shop", "private").await;
    lab.gitlab.stop().await;
    let lab = Lab::with(start(Background::IMMEDIATE)).await;
    let kept = lab.root().get(&format!("{of_group}/{id}")).await;
    assert_eq!(kept.body["url"], receiver.url("/hook"));
    clock.advance(Duration::from_secs(61));
    lab.root().get("/version").await;
    assert_eq!(receiver.next().await.body["name"], "shop");
    // It still looks at what happens.
    lab.project(acme, "next", "private").await;
    assert_eq!(receiver.next().await.body["name"], "next");
}

#[tokio::test]
async fn hooks_go_with_their_project() {
    let Places { lab, of_project, .. } = places().await;
    let id = make(&lab, &of_project, json!({"url": FAR})).await;
    let project = of_project.trim_end_matches("/hooks").to_owned();
    remove_for_good(&lab.root(), &project).await;
    lab.root()
        .get(&format!("{of_project}/{id}"))
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
}

async fn remove_for_good(root: &Actor, project: &str) {
    root.delete(project, json!(null)).await;
    let path = root.get(project).await.body["path_with_namespace"].clone();
    let body = json!({"permanently_remove": true, "full_path": path});
    assert_eq!(root.delete(project, body).await.status, 202);
}
