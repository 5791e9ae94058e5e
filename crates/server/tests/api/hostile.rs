//! What hostile people, files and clients try, and what comes of it.

use std::fmt::Write as _;

use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::log;
use crate::oauth;
use crate::world::{Answer, Person, World};

async fn upload(person: &Person, name: &str, content: &str) -> Answer {
    let body = format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--b--\r\n"
    );
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    person
        .send(Method::POST, "/api/jobs/import", &headers, &body)
        .await
}

/// Twelve levels of nine aliases each: 9^12 values when it is read whole.
fn yaml_bomb(first: &str) -> String {
    let mut text = format!("{first}\na0: &a0 [{}]\n", ["x"; 9].join(", "));
    for level in 1..12 {
        let above = format!("*a{}", level - 1);
        let _ = writeln!(text, "a{level}: &a{level} [{}]", [above.as_str(); 9].join(", "));
    }
    text
}

#[tokio::test]
async fn bombs_of_yaml_are_refused_wherever_they_come_in_and_the_server_goes_on() {
    let world = World::new().await;
    let root = world.root().await;
    for first in ["groups: []", "apiVersion: gitlab-bulk/v1"] {
        let bomb = yaml_bomb(first);
        let answer = upload(&root, "bomb.yaml", &bomb).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(answer.text.contains("YAML that can be read"), "{}", answer.text);
        let body = json!({ "type": "manifest", "data": { "manifest": bomb } });
        let answer = root.post("/api/jobs", body).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
    assert_eq!(root.get("/api/jobs").await.json()["jobs"], json!([]));
}

#[tokio::test]
async fn an_archive_that_is_none_is_refused() {
    let world = World::new().await;
    let root = world.root().await;
    for name in ["groups.xlsx", "groups.zip", "groups.csv"] {
        let answer = upload(&root, name, "PK\u{3}\u{4}\u{14}and so on").await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert_eq!(answer.json()["error"]["details"][0]["file"], name);
    }
}

#[tokio::test]
async fn values_in_values_without_end_are_refused_in_every_format() {
    let world = World::new().await;
    let root = world.root().await;
    let deep = "[".repeat(200_000);
    let json = [("content-type", "application/json")];
    let body = format!("{{\"data\":{deep}");
    let answer = root.send(Method::POST, "/api/jobs", &json, &body).await;
    assert_eq!(answer.status, 400);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("data{}=1", "[a]".repeat(100_000));
    let answer = root.send(Method::POST, "/api/jobs", &form, &body).await;
    assert_eq!(answer.status, 400);
    for name in ["deep.json", "deep.yaml", "deep.ndjson"] {
        let answer = upload(&root, name, &format!("{{\"groups\":{deep}")).await;
        assert_eq!(answer.status, 400, "{name}: {}", answer.text);
        assert!(answer.text.len() < 2_000, "{name} is repeated");
    }
    assert_eq!(root.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn a_compressed_body_is_not_unpacked() {
    let world = World::new().await;
    let root = world.root().await;
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let answer = root
        .send(Method::POST, "/api/jobs", &headers, "\u{1f}not unpacked")
        .await;
    assert_eq!(
        answer.error(),
        "400 VALIDATION_ERROR the body is not JSON: line 1, column 1"
    );
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_however_it_is_cut_into_parts() {
    let world = World::with(|settings| settings.max_file_size = 1_000).await;
    let root = world.root().await;
    let answer = upload(&root, "large.csv", &"x".repeat(1_001)).await;
    assert_eq!(
        answer.error(),
        "413 PAYLOAD_TOO_LARGE at most 1000 bytes are accepted"
    );
    let part = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n";
    let body = format!("{part}{0}\r\n{part}{0}\r\n--b--\r\n", "x".repeat(600));
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    let answer = root.send(Method::POST, "/api/jobs/import", &headers, &body).await;
    assert_eq!(answer.status, 413);
}

/// Sends a form without an announced length, piece by piece, until the server answers.
async fn upload_without_end(world: &World, person: &Person, head: &str, piece: &str) -> (String, usize) {
    let address = world.server.url.strip_prefix("http://").unwrap();
    let (mut reading, mut writing) = TcpStream::connect(address).await.unwrap().into_split();
    let request = format!(
        "POST /api/jobs/import HTTP/1.1\r\nhost: {address}\r\ncookie: gitlab_bulk_session={}\r\n\
         content-type: multipart/form-data; boundary=b\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n\
         {:x}\r\n{head}\r\n",
        person.cookie.as_ref().unwrap(),
        head.len(),
    );
    assert!(!head.is_empty(), "a chunk of nothing is the end");
    let pieces = piece.repeat((64 << 10) / piece.len());
    let chunk = format!("{:x}\r\n{pieces}\r\n", pieces.len());
    let mut sent = 0;
    let sending = async {
        let mut broken = writing.write_all(request.as_bytes()).await;
        // Sixteen times what is allowed.
        while broken.is_ok() && sent < 64 << 20 {
            broken = writing.write_all(chunk.as_bytes()).await;
            sent += pieces.len();
        }
        let _ = writing.write_all(b"0\r\n\r\n").await;
    };
    let mut answer = vec![0; 16 << 10];
    let mut length = 0;
    let receiving = async {
        // The head and the beginning of the body; the connection may be cut behind it.
        while let Ok(more) = reading.read(&mut answer[length..]).await
            && more > 0
        {
            length += more;
        }
    };
    futures::join!(sending, receiving);
    (String::from_utf8_lossy(&answer[..length]).into_owned(), sent)
}

#[tokio::test]
async fn a_form_of_nothing_but_heads_texts_or_rubbish_is_refused_before_it_fills_the_memory() {
    let world = World::new().await;
    let root = world.root().await;
    // A head without end, and the same before the first part.
    for head in ["--b\r\ncontent-disposition: form-data; name=\"", "x"] {
        let (answer, sent) = upload_without_end(&world, &root, head, "x").await;
        let said = "at most 4194304 bytes are accepted";
        assert!(
            answer.starts_with("HTTP/1.1 413 ") && answer.contains(said),
            "{head}: {answer}"
        );
        assert!(sent < 32 << 20, "{head}: {sent} bytes were taken");
    }
    for name in ["file\"; filename=\"", "unknown"] {
        let part = format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n\r\n");
        let (answer, _) = upload_without_end(&world, &root, "\r\n", &part).await;
        let said = "a form has at most 1000 parts";
        assert!(
            answer.starts_with("HTTP/1.1 400 ") && answer.contains(said),
            "{name}: {answer}"
        );
    }
    assert_eq!(root.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn of_a_stranger_a_few_kilobytes_are_read_and_no_more() {
    let world = World::new().await;
    let stranger = world.stranger();
    let json = [("content-type", "application/json")];
    let large = format!("{{\"token\":[{}0]}}", "0,".repeat(8 << 10));
    let answer = stranger
        .send(Method::POST, "/api/auth/login", &json, &large)
        .await;
    assert_eq!(
        answer.error(),
        "413 PAYLOAD_TOO_LARGE at most 16384 bytes are accepted"
    );
    // Nor where it does not say how long it is.
    let pieces = std::iter::repeat_n(Ok::<_, std::convert::Infallible>("[".repeat(1024)), 64);
    let body = reqwest::Body::wrap_stream(futures::stream::iter(pieces));
    let request = stranger.request(Method::POST, "/api/auth/login").body(body);
    let answer = request
        .header("content-type", "application/json")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 413);
    let long = json!({ "gitlabUrl": world.sim.url(), "token": "x".repeat(4 << 10) });
    assert_ne!(stranger.post("/api/auth/login", long).await.status, 413);
}

#[tokio::test]
async fn clients_that_never_finish_what_they_say_keep_nobody_waiting() {
    let world = World::new().await;
    let root = world.root().await;
    let address = world.server.url.strip_prefix("http://").unwrap();
    let cookie = root.cookie.clone().unwrap();
    let mut slow = Vec::new();
    for number in 0..60 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let said = if number % 2 == 0 {
            "GET /api/jobs HTTP/1.1\r\nhost: ".to_owned()
        } else {
            format!(
                "POST /api/jobs HTTP/1.1\r\nhost: {address}\r\ncookie: gitlab_bulk_session={cookie}\r\n\
                 content-type: application/json\r\ncontent-length: 1000\r\n\r\n{{"
            )
        };
        stream.write_all(said.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let id = root.create_groups(&["acme"]).await;
    world.job_when(&root, &id, "completed").await;
    assert_eq!(root.get("/api/gitlab/groups/acme").await.status, 200);
    drop(slow);
}

#[tokio::test]
async fn nothing_that_a_client_says_becomes_a_header_of_ours() {
    let world = World::with_oauth().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme"]).await;
    world.job_when(&root, &id, "completed").await;
    let headers = [
        ("x-request-id", "of-the-client"),
        ("x-forwarded-host", "evil.example"),
    ];
    let path = format!("/api/jobs/{id}/results?format=csv");
    let answer = root.send(Method::GET, &path, &headers, "").await;
    assert_ne!(answer.header("x-request-id"), "of-the-client");
    let file = format!("attachment; filename=\"job-{id}.csv\"");
    assert_eq!(answer.header("content-disposition"), file);
    assert!(!format!("{:?}", answer.headers).contains("evil.example"));
    // Where a line would end, there is no address.
    let answer = root.get("/api/gitlab/a%0d%0aset-cookie:x=1").await;
    assert_eq!(answer.status, 400);
    assert!(!answer.headers.contains_key("set-cookie"));
    // Nor is anything outside of this server one to come back to.
    for hostile in [
        "/%0d%0aset-cookie:x=1",
        "/jobs%0a",
        "//evil.example",
        "/%5Cevil.example",
        "https://evil.example",
    ] {
        let (headers, leads_to) = oauth::signing_in(&world, hostile).await;
        assert!(
            !headers.contains("x=1") && !headers.contains("evil.example"),
            "{headers}"
        );
        assert_eq!(leads_to, "/", "{hostile}");
    }
}

#[tokio::test]
async fn names_of_files_stand_encoded_in_the_header_that_tells_them() {
    let world = World::new().await;
    let root = world.root().await;
    let part = |name: &str, content: &str| {
        format!(
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n"
        )
    };
    let body = [
        part("a,ä.csv", "name,path,parent\nAcme,acme,\n"),
        part(
            "x%0d%0aset-cookie: x=1.csv",
            "username,group,role\ndev-0001,acme,developer\n",
        ),
        "--b--\r\n".to_owned(),
    ];
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    let made = root
        .send(Method::POST, "/api/jobs/import", &headers, &body.concat())
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    world.job_when(&root, &id, "completed").await;
    let answer = root.get(&format!("/api/jobs/{id}/results?format=csv")).await;
    assert_eq!(
        answer.header("x-mixed-files"),
        "a%2C%C3%A4%2Ecsv,x%250d%250aset%2Dcookie%3A%20x%3D1%2Ecsv"
    );
    assert!(!answer.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn nobody_writes_lines_of_their_own_into_the_log() {
    log::listen();
    let world = World::new().await;
    let mut person = world.stranger();
    person.get("/api/jobs%0aINJECTED-path").await;
    person.get("/api/jobs?q=%0aINJECTED-query").await;
    person
        .log_in("https://gitlab.example\nINJECTED-url", "glpat-x\nINJECTED-token")
        .await;
    let address = world.server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET /api/jobs\u{1b}[31mINJECTED HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();

    let log = log::so_far();
    assert!(log.contains("jobs%0aINJECTED-path"), "the request was not logged");
    let line = log
        .lines()
        .find(|line| line.starts_with("INJECTED") || line.contains('\u{1b}'));
    assert_eq!(line, None);
}

#[tokio::test]
async fn a_method_that_echoes_is_unknown() {
    let world = World::new().await;
    let root = world.root().await;
    for path in ["/api/jobs", "/health", "/api/openapi.json"] {
        let answer = root
            .send(Method::TRACE, path, &[("x-secret", "echoed")], "")
            .await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert!(!answer.text.contains("echoed"));
    }
}

#[tokio::test]
async fn every_table_that_is_downloaded_is_harmless_in_a_spreadsheet() {
    const FORMULA: &str = "=HYPERLINK(\"http://evil.example\")";
    let world = World::new().await;
    let root = world.root().await;
    let items = json!([{ "name": "acme", "path": "acme", "description": FORMULA },
        { "name": "globex", "path": "globex", "description": "@SUM(A1)" }]);
    let answer = root
        .post(
            "/api/jobs",
            json!({ "type": "bulk_create_groups", "data": { "items": items } }),
        )
        .await;
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    world.job_when(&root, &id, "completed").await;
    for path in [
        format!("/api/jobs/{id}/results?format=csv"),
        "/api/audit?format=csv".to_owned(),
        "/api/operations/create_group/template?format=csv".to_owned(),
        "/api/operations/set_variable/template?format=csv".to_owned(),
    ] {
        let answer = root.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert!(answer.text.lines().count() > 1, "{path} is empty");
        for line in answer.text.lines() {
            for cell in line.split(',') {
                let cell = cell.trim_start_matches('"');
                assert!(!cell.starts_with(['=', '+', '@', '\t']), "{path}: {line}");
            }
        }
    }
}
