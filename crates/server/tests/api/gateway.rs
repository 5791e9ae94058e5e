//! GitLab's own clients, with a key of ours where they have a token of GitLab's.

use axum::body::Body;
use futures::FutureExt;
use gitlab_sim::Fault;
use http::Response;
use reqwest::Method;
use serde_json::{Value, json};

use crate::front::Front;
use crate::live::Socket;
use crate::world::{Answer, Person, World};

/// Asks as a client of GitLab's does.
async fn ask(program: &Person, method: Method, path: &str, body: Value) -> Answer {
    let key = program.key.clone().unwrap();
    let plain = Person {
        key: None,
        ..program.clone()
    };
    let headers = [
        ("private-token", key.as_str()),
        ("content-type", "application/json"),
    ];
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    plain.send(method, path, &headers, &body).await
}

async fn get(program: &Person, path: &str) -> Answer {
    ask(program, Method::GET, path, Value::Null).await
}

#[tokio::test]
async fn nobody_comes_in_without_a_key_that_is_for_it() {
    let world = World::new().await;
    let root = world.root().await;
    let unknown = Person {
        key: Some("gbk_guess".to_owned()),
        ..world.stranger()
    };
    let path = "/gitlab/api/v4/version";
    assert_eq!(
        world.stranger().get(path).await.error(),
        "401 UNAUTHORIZED Authentication required"
    );
    assert_eq!(
        get(&unknown, path).await.error(),
        "401 UNAUTHORIZED Authentication required"
    );
    // A browser's cookie opens nothing here: no page can make somebody's browser use the gateway.
    assert_eq!(
        root.get(path).await.error(),
        "401 UNAUTHORIZED Authentication required"
    );
    let reader = root.program(&["read", "jobs"]).await;
    let refused = get(&reader, path).await;
    assert_eq!(refused.error(), "403 FORBIDDEN Insufficient permissions");
    assert_eq!(
        refused.json()["error"]["details"]["reason"],
        "the API key has no scope `gateway`"
    );
    // Where GitLab's clients look.
    assert_eq!(refused.json()["message"], "403 Insufficient permissions");
    let program = root.program(&["gateway"]).await;
    let sent_by_then = world.sim.stats().requests.total;
    let odd = get(&program, "/gitlab/api/v4/user?private_token=x").await;
    assert!(odd.error().starts_with("400 VALIDATION_ERROR "), "{}", odd.text);
    assert_eq!(world.sim.stats().requests.total, sent_by_then);
}

#[tokio::test]
async fn gitlab_answers_for_itself_and_its_links_lead_back_here() {
    let world = World::new().await;
    let root = world.root().await;
    let program = root.program(&["gateway"]).await;
    for path in ["acme", "beta", "gamma"] {
        let body = json!({ "name": path, "path": path });
        let made = ask(&program, Method::POST, "/gitlab/api/v4/groups", body).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let page = get(&program, "/gitlab/api/v4/groups?per_page=2").await;
    assert_eq!((page.header("x-total"), page.header("x-cache")), ("3", ""));
    let link = page.header("link");
    assert!(
        link.contains(&format!("<{}/gitlab/api/v4/groups?", root.url)),
        "{link}"
    );
    assert!(!link.contains(world.sim.url()), "{link}");

    let absent = get(&program, "/gitlab/api/v4/groups/none").await;
    assert_eq!(
        (absent.status.as_u16(), absent.json()),
        (404, json!({ "message": "404 Group Not Found" }))
    );
    // As go-gitlab begins.
    for path in ["/gitlab/api/v4", "/gitlab/api/v4/"] {
        assert_eq!(
            get(&program, path).await.json()["error"],
            "404 Not Found",
            "{path}"
        );
    }
    let query = json!({ "query": "{ currentUser { username } }" });
    let answer = ask(&program, Method::POST, "/gitlab/api/graphql", query).await;
    assert_eq!(
        answer.json()["data"]["currentUser"]["username"],
        "root",
        "{}",
        answer.text
    );
    // Bearer is as good.
    assert_eq!(
        program.get("/gitlab/api/v4/user").await.json()["username"],
        "root"
    );
}

#[tokio::test]
async fn a_key_that_is_revoked_ends_at_once() {
    let world = World::new().await;
    let root = world.root().await;
    let program = root.program(&["gateway"]).await;
    assert_eq!(get(&program, "/gitlab/api/v4/user").await.status, 200);
    let keys = root.get("/api/keys").await.json();
    let id = keys["keys"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(root.delete(&format!("/api/keys/{id}")).await.status, 204);
    assert_eq!(get(&program, "/gitlab/api/v4/user").await.status, 401);
}

#[tokio::test]
async fn at_its_own_listener_the_gateway_is_all_there_is() {
    let world = World::new().await;
    let root = world.root().await;
    let mut program = root.program(&["gateway"]).await;
    for path in ["acme", "beta"] {
        root.post("/api/gitlab/groups", json!({ "name": path, "path": path }))
            .await;
    }
    program.url.clone_from(&world.server.gateway_url);
    let page = get(&program, "/api/v4/groups?per_page=1").await;
    assert_eq!(page.header("x-total"), "2");
    let link = page.header("link");
    assert!(
        link.contains(&format!("<{}/api/v4/groups?", program.url)),
        "{link}"
    );
    assert_eq!(get(&program, "/api/v4/groups/acme%2Fx").await.status, 404);
    let mut person = root.clone();
    person.url.clone_from(&program.url);
    for path in [
        "/health",
        "/api/auth/session",
        "/api/jobs",
        "/gitlab/api/v4/user",
        "/",
    ] {
        assert_eq!(person.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn redirects_of_gitlabs_lead_back_here_where_they_lead_to_it() {
    let world = World::new().await;
    let front = Front::of(world.sim.url(), |request| {
        let elsewhere = request.uri().path().ends_with("elsewhere");
        let host = request.headers()["host"].to_str().unwrap().to_owned();
        async move {
            let location = if elsewhere {
                "https://storage.test/export?signature=1".to_owned()
            } else {
                format!("http://{host}/api/v4/projects/7")
            };
            Response::builder()
                .status(301)
                .header("location", location)
                .body(Body::empty())
                .unwrap()
        }
        .boxed()
    })
    .await;
    let mut root = world.stranger();
    root.http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    root.log_in(&front.url, &world.sim.token_of("root")).await;
    let program = root.program(&["gateway"]).await;
    let moved = get(&program, "/gitlab/api/v4/front/moved").await;
    assert_eq!(moved.status, 301);
    assert_eq!(
        moved.header("location"),
        format!("{}/gitlab/api/v4/projects/7", root.url)
    );
    let elsewhere = get(&program, "/gitlab/api/v4/front/elsewhere").await;
    assert_eq!(
        elsewhere.header("location"),
        "https://storage.test/export?signature=1"
    );
    let seen = &front.seen()[0];
    assert_eq!(seen.headers["private-token"], "glpat-sim-root");
    assert!(!seen.headers.contains_key("authorization"));
}

#[tokio::test]
async fn what_a_program_writes_is_told_and_makes_kept_answers_untrue() {
    let world = World::new().await;
    let root = world.root().await;
    let program = root.program(&["gateway"]).await;
    world
        .until(async || (root.get("/api/gitlab/groups").await.header("x-cache") == "HIT").then_some(()))
        .await;
    let mut socket = Socket::connected(&root).await;
    let body = json!({ "name": "Acme", "path": "acme" });
    let made = ask(&program, Method::POST, "/gitlab/api/v4/groups", body).await;
    assert_eq!(made.status, 201);
    let (event, said) = socket.event().await;
    assert_eq!(
        (event.as_str(), &said["group"]["fullPath"]),
        ("group:created", &json!("acme"))
    );
    let after = root.get("/api/gitlab/groups").await;
    assert_eq!((after.header("x-cache"), after.header("x-total")), ("MISS", "1"));
}

#[tokio::test]
async fn a_program_shares_the_budget_of_its_user_and_what_it_writes_is_taken_down() {
    let world = World::new().await;
    let root = world.root().await;
    let program = root.program(&["gateway"]).await;
    let body = json!({ "name": "Acme", "path": "acme" });
    let made = ask(&program, Method::POST, "/gitlab/api/v4/groups", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let trail = root.get("/api/audit").await.json();
    let written = &trail["entries"][0];
    assert_eq!(
        (&written["action"], &written["target"], &written["username"]),
        (
            &json!("gateway_write"),
            &json!("POST /gitlab/api/v4/groups"),
            &json!("root")
        )
    );
    assert!(written["via"].as_str().unwrap().starts_with("key:"), "{written}");

    // GitLab sends the person away for a while; the program is not sent there meanwhile.
    world
        .sim
        .fault(Fault::get("/api/v4/version").nth(1).throttle(120));
    assert_eq!(root.get("/api/gitlab/version").await.status, 429);
    let sent = world.sim.stats().requests.total;
    let away = get(&program, "/gitlab/api/v4/user").await;
    assert_eq!(away.error(), "429 RATE_LIMIT_EXCEEDED GitLab rate limit exceeded");
    assert_eq!(away.json()["message"], "429 GitLab rate limit exceeded");
    let wait: u64 = away.header("retry-after").parse().unwrap();
    assert!((60..=120).contains(&wait), "{wait}");
    assert_eq!(world.sim.stats().requests.total, sent);
}
