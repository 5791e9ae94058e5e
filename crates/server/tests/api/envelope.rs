//! Every answer has what it must have; every error is in one form.

use reqwest::Method;

use crate::world::{World, groups};

#[tokio::test]
async fn every_answer_is_guarded_and_has_a_name() {
    let world = World::new().await;
    let root = world.root().await;
    for path in [
        "/health/live",
        "/api/jobs",
        "/api/gitlab/version",
        "/nothing",
        "/api/gitlab/groups/none",
    ] {
        let answer = root.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("server", ""),
        ] {
            assert_eq!(answer.header(name), value, "{path} {name}");
        }
        let policy = answer.header("content-security-policy");
        assert!(
            (policy.contains("script-src 'self'") || policy.contains("script-src 'none'"))
                && !policy.contains("unsafe-inline"),
            "{policy}"
        );
        for word in ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            // What comes from GitLab is in a sandbox, in which nothing is loaded at all.
            let of_gitlab = policy.contains("default-src 'none'") && policy.ends_with("sandbox");
            assert!(
                policy.split(';').any(|part| part.trim() == word)
                    || (of_gitlab && word != "frame-ancestors 'none'"),
                "{path} {word}: {policy}"
            );
        }
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
    }
}

#[tokio::test]
async fn production_asks_for_tls_and_names_its_cookie_so_that_browsers_guard_it() {
    let world = World::with(|settings| settings.production = true).await;
    let mut person = world.stranger();
    let login = person.log_in(world.sim.url(), &world.sim.root_token()).await;
    assert!(
        login
            .header("set-cookie")
            .starts_with("__Host-gitlab_bulk_session=")
    );
    assert!(login.header("set-cookie").ends_with("; Secure"));
    assert_eq!(
        login.header("strict-transport-security"),
        "max-age=63072000; includeSubDomains"
    );
}

#[tokio::test]
async fn whatever_is_wrong_is_said_in_the_same_form() {
    let world = World::with(|settings| settings.max_request_size = 1000).await;
    let root = world.root().await;
    let json = ("content-type", "application/json");
    for (method, path, headers, body, said) in [
        (
            Method::GET,
            "/api/nothing",
            vec![],
            String::new(),
            "404 NOT_FOUND there is nothing at this address",
        ),
        (
            Method::PUT,
            "/api/jobs",
            vec![],
            String::new(),
            "405 METHOD_NOT_ALLOWED this address does not know this method",
        ),
        (
            Method::POST,
            "/api/jobs",
            vec![json],
            "{".into(),
            "400 VALIDATION_ERROR the body is not JSON: line 1, column 1",
        ),
        (
            Method::POST,
            "/api/jobs",
            vec![json],
            "[]".into(),
            "400 VALIDATION_ERROR the body has to be a JSON object",
        ),
        (
            Method::POST,
            "/api/jobs",
            vec![json],
            " ".repeat(1001),
            "413 PAYLOAD_TOO_LARGE at most 1000 bytes are accepted",
        ),
        (
            Method::POST,
            "/api/jobs",
            vec![("content-type", "text/plain")],
            "x".into(),
            "415 UNSUPPORTED_MEDIA_TYPE only application/json or application/x-www-form-urlencoded is accepted",
        ),
        (
            Method::POST,
            "/api/jobs",
            vec![],
            String::new(),
            "400 VALIDATION_ERROR 2 problems found",
        ),
        (
            Method::GET,
            "/api/jobs?status=lost&limit=0",
            vec![],
            String::new(),
            "400 VALIDATION_ERROR 2 problems found",
        ),
        (
            Method::GET,
            "/api/jobs/7",
            vec![],
            String::new(),
            "404 NOT_FOUND there is no such job",
        ),
        (
            Method::GET,
            "/api/operations/fly",
            vec![],
            String::new(),
            "404 NOT_FOUND there is no such operation; GET /api/operations lists them",
        ),
        (
            Method::POST,
            "/api/jobs/import",
            vec![],
            String::new(),
            "415 UNSUPPORTED_MEDIA_TYPE only multipart/form-data is accepted",
        ),
    ] {
        assert_eq!(
            root.send(method, path, &headers, &body).await.error(),
            said,
            "{path}"
        );
    }
    let not_allowed = root.send(Method::PUT, "/api/jobs", &[], "").await;
    assert_eq!(not_allowed.header("allow"), "GET,HEAD,POST");
}

#[tokio::test]
async fn a_body_without_an_announced_length_is_counted_while_it_comes() {
    let world = World::with(|settings| settings.max_request_size = 1000).await;
    let root = world.root().await;
    let chunks = futures::stream::iter([(); 2].map(|()| Ok::<_, std::io::Error>(" ".repeat(600))));
    let request = root
        .request(Method::POST, "/api/jobs")
        .body(reqwest::Body::wrap_stream(chunks));
    assert_eq!(request.send().await.unwrap().status(), 413);
}

#[tokio::test]
async fn every_problem_of_a_body_is_told_at_once_with_its_place() {
    let world = World::new().await;
    let root = world.root().await;
    let mut body = groups(&["fine", "not fine", "x"]);
    body["options"] = serde_json::json!({ "colour": "red" });
    let answer = root.post("/api/jobs", body).await;
    let fields: Vec<String> = answer.json()["error"]["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["field"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        fields,
        ["items[1].path", "items[2].path", "options.colour"],
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn an_address_in_absolute_form_is_refused() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::new().await;
    let address = world.server.url.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET http://evil.example/api/gitlab/user HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("VALIDATION_ERROR"), "{answer}");
    assert!(answer.contains("\r\ncontent-security-policy: "), "{answer}");
}
