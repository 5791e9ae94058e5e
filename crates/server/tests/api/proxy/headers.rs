use axum::body::Body;
use http::Response;
use reqwest::Method;

use super::world_with_groups;
use crate::front::Front;
use crate::world::World;

#[tokio::test]
async fn pages_and_their_links_lead_through_the_proxy() {
    let world = world_with_groups().await;
    let root = world.root().await;
    let answer = root
        .get("/api/gitlab/groups?per_page=2&top_level_only=true")
        .await;
    assert_eq!(
        (answer.header("x-total"), answer.header("x-next-page")),
        ("3", "2")
    );
    let link = answer.header("link");
    assert!(
        link.contains(&format!("<{}/api/gitlab/groups?", world.server.url)),
        "{link}"
    );
    assert!(!link.contains(world.sim.url()), "{link}");
}

#[tokio::test]
async fn neither_our_cookie_nor_gitlabs_comes_through_and_answers_are_not_for_keeping() {
    let world = world_with_groups().await;
    let root = world.root().await;
    let answer = root.get("/api/gitlab/user").await;
    assert_eq!((answer.header("set-cookie"), answer.header("server")), ("", ""));
    assert!(!answer.header("cache-control").is_empty());
    assert_eq!(root.get("/api/jobs").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn only_what_is_meant_for_gitlab_reaches_it_and_only_what_is_meant_for_us_comes_back() {
    let world = World::new().await;
    let front = Front::of(world.sim.url(), |_| {
        Box::pin(async {
            Response::builder()
                .header("content-type", "application/octet-stream")
                .header("content-disposition", "attachment")
                .header("content-encoding", "unheard-of")
                .header("content-range", "bytes 0-3/9")
                .header("ratelimit-remaining", "7")
                .header("x-total", "3")
                .header("set-cookie", "_gitlab_session=1")
                .header("server", "nginx")
                .header("x-accel-redirect", "/etc/passwd")
                .header("access-control-allow-origin", "*")
                .header(
                    "link",
                    "<https://gitlab.corp/api/v4/front/x?page=2>; rel=\"next\"",
                )
                .header("link", "<https://docs.corp/x>; rel=\"help\"")
                .body(Body::from("part"))
                .unwrap()
        })
    })
    .await;
    let mut root = world.stranger();
    root.log_in(&front.url, &world.sim.token_of("root")).await;
    let sent = [
        ("range", "bytes=0-3"),
        ("accept", "*/*"),
        ("sudo", "dev-0001"),
        ("authorization", "Basic cm9vdDp4"),
        ("job-token", "x"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-http-method-override", "DELETE"),
        ("sec-fetch-mode", "cors"),
    ];
    let answer = root.send(Method::GET, "/api/gitlab/front/x", &sent, "").await;
    for (name, value) in [
        ("content-disposition", "attachment"),
        ("content-encoding", "unheard-of"),
        ("content-range", "bytes 0-3/9"),
        ("ratelimit-remaining", "7"),
        ("x-total", "3"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let links: Vec<_> = answer.headers.get_all("link").iter().collect();
    assert_eq!(
        links[0],
        &format!("<{}/api/gitlab/front/x?page=2>; rel=\"next\"", root.url)
    );
    assert_eq!(links[1], "<https://docs.corp/x>; rel=\"help\"");
    for name in [
        "set-cookie",
        "server",
        "x-accel-redirect",
        "access-control-allow-origin",
    ] {
        assert_eq!(answer.header(name), "", "{name}");
    }
    let seen = &front.seen()[0];
    let known: Vec<&str> = seen.headers.keys().map(http::HeaderName::as_str).collect();
    for gone in [
        "cookie",
        "authorization",
        "job-token",
        "x-forwarded-for",
        "x-http-method-override",
        "sec-fetch-mode",
    ] {
        assert!(!known.contains(&gone), "{gone}: {known:?}");
    }
    for (name, value) in [
        ("range", "bytes=0-3"),
        ("sudo", "dev-0001"),
        ("private-token", "glpat-sim-root"),
    ] {
        assert_eq!(seen.headers[name], value, "{name}");
    }
}

#[tokio::test]
async fn a_page_that_gitlab_keeps_for_somebody_runs_no_script_under_our_name() {
    let world = World::new().await;
    let front = Front::of(world.sim.url(), |_| {
        Box::pin(async {
            Response::builder()
                .header("content-type", "text/html")
                .body(Body::from("<script>alert(1)</script>"))
                .unwrap()
        })
    })
    .await;
    let mut root = world.stranger();
    root.log_in(&front.url, &world.sim.token_of("root")).await;
    let answer = root.get("/api/gitlab/front/artifacts/index.html").await;
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("sandbox") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_redirect_of_gitlabs_is_handed_on_and_never_followed_with_the_token() {
    let world = World::new().await;
    let storage = Front::of(world.sim.url(), |_| {
        Box::pin(async { Response::new(Body::empty()) })
    })
    .await;
    let elsewhere = format!("{}/api/v4/front/stolen", storage.url);
    let location = elsewhere.clone();
    let front = Front::of(world.sim.url(), move |_| {
        let location = location.clone();
        Box::pin(async move {
            Response::builder()
                .status(302)
                .header("location", location)
                .body(Body::empty())
                .unwrap()
        })
    })
    .await;
    let mut root = world.stranger();
    root.http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    root.log_in(&front.url, &world.sim.token_of("root")).await;
    let answer = root.get("/api/gitlab/front/export/download").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (302, elsewhere.as_str())
    );
    assert!(storage.seen().is_empty());
}

#[tokio::test]
async fn every_method_passes_with_its_path_byte_for_byte() {
    let world = World::new().await;
    let front = Front::of(world.sim.url(), |_| {
        Box::pin(async { Response::new(Body::empty()) })
    })
    .await;
    let mut root = world.stranger();
    root.log_in(&front.url, &world.sim.token_of("root")).await;
    let path = "/front/a%2fB%2Fc/files/x%20y%2Ez?ref=v%2B1&x[]=1";
    let methods = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    for method in methods.clone() {
        let answer = root.send(method, &format!("/api/gitlab{path}"), &[], "").await;
        assert_eq!(answer.status, 200);
    }
    let seen = front.seen();
    assert_eq!(
        seen.iter().map(|seen| seen.method.clone()).collect::<Vec<_>>(),
        methods
    );
    for seen in seen {
        assert_eq!(seen.target, format!("/api/v4{path}"));
    }
}
