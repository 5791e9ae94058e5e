//! How long the server waits for those who are slow.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use axum::body::Body;
use domain::Clock as _;
use futures::FutureExt;
use gitlab_sim::Fault;
use http::Response;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::front::{Endless, Front, Inside};
use crate::world::{Person, World};

const SECRET: &str = "a secret of sixteen bytes or more";

/// A request of which nothing follows what was sent.
struct Begun(TcpStream);

impl Begun {
    /// Announces a body of this type and sends only its beginning.
    async fn send(person: &Person, target: &str, kind: &str, beginning: &str) -> Self {
        let host = person.url.strip_prefix("http://").unwrap();
        let cookie = person.cookie.as_deref().unwrap_or("none");
        let mut stream = TcpStream::connect(host).await.unwrap();
        let head = format!(
            "POST {target} HTTP/1.1\r\nhost: {host}\r\ncookie: gitlab_bulk_session={cookie}\r\n\
             x-gitlab-token: {SECRET}\r\nx-gitlab-event: System Hook\r\ncontent-type: {kind}\r\n\
             content-length: 1000\r\nconnection: close\r\n\r\n{beginning}"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Self(stream)
    }

    /// What the server says at last: the first line, and the code and message of the error.
    async fn answer(mut self) -> String {
        let mut said = Vec::new();
        // It may be cut where not all was read.
        let _ = self.0.read_to_end(&mut said).await;
        let said = String::from_utf8(said).unwrap();
        let (head, body) = said.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{said}"));
        let status = head.split(' ').nth(1).unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{said}"));
        let error = &body["error"];
        format!("{status} {} {}", error["code"], error["message"]).replace('"', "")
    }
}

/// Lets whoever sleeps for so long have slept, until `is_over`; nobody else is woken.
async fn ring(world: &World, after: Duration, is_over: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if is_over() {
            return;
        }
        world.clock.ring(after);
        world.clock.sleep(Duration::from_millis(5)).await;
    }
    panic!("nobody slept for {after:?}, or in vain");
}

/// What comes of it when whoever sleeps for so long has slept.
async fn when_it_rings<T>(world: &World, after: Duration, waiting: JoinHandle<T>) -> T {
    ring(world, after, || waiting.is_finished()).await;
    waiting.await.unwrap()
}

#[tokio::test]
async fn a_body_has_a_minute_to_arrive_a_hook_ten_seconds_and_files_a_quarter_of_an_hour() {
    let world = World::with(|settings| {
        settings.webhooks.secrets = vec![SECRET.into()];
        // What else sleeps does so for other times.
        settings.tidy_every = Duration::from_hours(7);
    })
    .await;
    let root = world.root().await;
    let (json, form) = ("application/json", "application/x-www-form-urlencoded");
    let minute = Duration::from_mins(1);
    let late = "408 REQUEST_TIMEOUT the request took too long to arrive";
    for (target, kind, beginning, patience, said) in [
        ("/api/jobs", json, "{\"type\":", minute, late),
        ("/api/auth/login", json, "{", minute, late),
        ("/api/gitlab/groups", json, "{\"name\":", minute, late),
        ("/api/gitlab/groups", form, "name=", minute, late),
        ("/api/webhooks/gitlab", json, "{", Duration::from_secs(10), late),
        (
            "/api/jobs/import",
            "multipart/form-data; boundary=b",
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nname,path\n",
            Duration::from_mins(15),
            "503 SERVICE_UNAVAILABLE the request took too long",
        ),
    ] {
        let begun = Begun::send(&root, target, kind, beginning).await;
        let answered = when_it_rings(&world, patience, tokio::spawn(begun.answer())).await;
        assert_eq!(answered, said, "{target} {kind}");
    }
}

#[tokio::test]
async fn the_head_of_a_request_and_of_the_next_one_has_half_a_minute() {
    let world = World::new().await;
    let address = world.server.url.strip_prefix("http://").unwrap();
    for said in [
        "",
        "GET /health HTTP/1.1\r\nhost: ",
        "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let closed = tokio::spawn(async move {
            let mut heard = Vec::new();
            stream.read_to_end(&mut heard).await.unwrap();
            String::from_utf8(heard).unwrap()
        });
        let heard = when_it_rings(&world, Duration::from_secs(30), closed).await;
        let is_whole = said.ends_with("\r\n\r\n");
        assert_eq!(
            heard.starts_with("HTTP/1.1 200 OK"),
            is_whole,
            "{said:?}: {heard}"
        );
    }
}

#[tokio::test]
async fn an_answer_of_ours_begins_within_two_minutes() {
    let world = World::patient(|_| {}).await;
    let root = world.root().await;
    world.sim.fault(Fault::get("/api/v4/groups").hang());
    let asking = tokio::spawn(async move { root.get("/api/stats/overview").await });
    let answered = when_it_rings(&world, Duration::from_mins(2), asking).await;
    assert_eq!(
        answered.error(),
        "503 SERVICE_UNAVAILABLE the request took too long"
    );
}

#[tokio::test]
async fn an_answer_of_which_nothing_is_taken_for_two_minutes_ends() {
    let world = World::new().await;
    let inside = Inside::default();
    let visited = inside.clone();
    let front = Front::of(world.sim.url(), move |_| {
        let endless = Endless {
            taken: Arc::<AtomicUsize>::default(),
            _visit: Some(visited.enter()),
        };
        async move { Response::new(Body::from_stream(endless)) }.boxed()
    })
    .await;
    let mut root = world.stranger();
    root.log_in(&front.url, &world.sim.root_token()).await;
    let _nobody_reads = root
        .request(reqwest::Method::GET, "/api/gitlab/front/export")
        .send()
        .await
        .unwrap();
    assert_eq!(inside.count(), 1);
    ring(&world, Duration::from_mins(2), || inside.count() == 0).await;
}
