use std::time::Duration;

use domain::Clock;
use gitlab_sim::Fault;
use serde_json::json;
use storage::{Credentials, Ledger, Sessions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::live::WebSocket;
use crate::world::{self, Person, World};

async fn slow_job(world: &World) -> (Person, String) {
    let root = world.root().await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups").delay(Duration::from_millis(30)));
    let paths: Vec<String> = (0..60).map(|n| format!("group-{n}")).collect();
    let id = root
        .create_groups(&paths.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    world
        .until(async || (world.sim.stats().writes.applied >= 3).then_some(()))
        .await;
    (root, id)
}

/// The same person at a server that begins now, over the same database.
async fn at_next_server(world: &mut World, person: Person) -> Person {
    world.server = world.another_server().await;
    Person {
        url: world.server.url.clone(),
        ..person
    }
}

#[tokio::test]
async fn a_stopped_server_finishes_what_is_under_way_and_the_next_one_goes_on() {
    let mut world = World::new().await;
    let (root, id) = slow_job(&world).await;
    world.server.stopped().await;
    let done = world.sim.stats().writes.applied;
    assert!(done < 60, "the job was over before the server was stopped");

    let root = at_next_server(&mut world, root).await;
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(
        (&job["successCount"], &job["unconfirmedCount"]),
        (&json!(60), &json!(0))
    );
    let writes = world.sim.stats().writes;
    assert_eq!((writes.applied, writes.rejected_as_duplicate), (60, 0));
}

#[tokio::test]
async fn after_a_crash_the_next_server_takes_the_job_over() {
    let mut world = World::new().await;
    let (root, id) = slow_job(&world).await;
    world.server.killed().await;
    let done = world.sim.stats().writes.applied;
    assert!(done < 60, "the job was over before the crash");

    let root = at_next_server(&mut world, root).await;
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(job["successCount"], 60);
    assert_eq!(world.sim.stats().writes.applied, 60);
}

/// A request whose body is still to come; "100 Continue" says that the server waits for it.
async fn begun(root: &Person, path: &str, length: usize) -> TcpStream {
    let address = root.url.strip_prefix("http://").unwrap();
    let mut open = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncookie: gitlab_bulk_session={}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n",
        root.cookie.clone().unwrap(),
    );
    open.write_all(head.as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    open.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    open
}

/// The rest of the request, and the answer.
async fn ended(mut open: TcpStream, body: &str) -> String {
    open.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    open.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn while_stopping_only_the_health_checks_answer_and_open_requests_end() {
    let mut world = World::new().await;
    let root = world.root().await;
    assert_eq!(
        root.get("/health/ready").await.json(),
        json!({ "status": "ready" })
    );
    let body = world::groups(&["acme"]).to_string();
    let open = begun(&root, "/api/jobs", body.len()).await;

    world.server.stop.cancel();
    let stranger = world.stranger();
    let ready = stranger.get("/health/ready").await;
    assert_eq!(ready.error(), "503 SERVICE_UNAVAILABLE the server is stopping");
    assert_eq!(stranger.get("/health/live").await.status, 200);
    let new = root.get("/api/jobs").await;
    assert_eq!(new.error(), "503 SERVICE_UNAVAILABLE the server is stopping");

    let answer = ended(open, &body).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    world.server.stopped().await;
}

#[tokio::test]
async fn a_write_that_is_under_way_when_all_sockets_are_closed_is_answered_as_ever() {
    let mut world = World::new().await;
    let root = world.root().await;
    let socket = WebSocket::connected(&root).await;
    let body = json!({ "name": "Acme", "path": "acme" }).to_string();
    let open = begun(&root, "/api/gitlab/groups", body.len()).await;

    world.server.stop.cancel();
    socket.closed().await;
    let answer = ended(open, &body).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    world.server.stopped().await;
}

#[tokio::test]
async fn what_gitlab_does_not_answer_in_time_is_left_as_unknown_and_settled_by_the_next_server() {
    let mut world = World::patient(|settings| settings.stop_within = Duration::from_millis(100)).await;
    let root = world.root().await;
    let mut wish = world::groups(&["acme", "beta"]);
    wish["start"] = json!(false);
    let made = root.post("/api/jobs", wish).await.json();
    let id = made["id"].as_str().unwrap();
    world.job_when(&root, id, "planned").await;
    // It takes every request, and answers none.
    world.sim.fault(Fault::post("/api/v4/**").hang());
    root.post(&format!("/api/jobs/{id}/start"), json!({})).await;
    let job = id.parse().unwrap();
    // What has not left yet when the server stops is known not to have been sent.
    world
        .until(async || (world.sim.faults_fired() == 2).then_some(()))
        .await;
    world.sim.fault(Fault::get("/api/v4/**").hang());
    world.server.stopped().await;
    let unknown = world.storage.open_intents(job).await.unwrap();
    assert_eq!(unknown.len(), 2, "neither answered nor given up");

    // GitLab came to one of them after all.
    world.sim.clear_faults();
    let at_gitlab = Person {
        url: world.sim.url().to_owned(),
        key: Some(world.sim.root_token()),
        ..world.stranger()
    };
    let acme = json!({ "name": "acme", "path": "acme" });
    let made = at_gitlab.post("/api/v4/groups", acme).await;
    assert_eq!(made.status, 201, "{}", made.text);
    // Nobody gave the job back, and GitLab is not at work on the other any more.
    world.clock.advance(Duration::from_mins(15));
    let root = at_next_server(&mut world, root).await;
    let job = world.job_when(&root, id, "completed").await;
    let counts = ["successCount", "failureCount", "unconfirmedCount"].map(|count| &job[count]);
    assert_eq!(counts, [&json!(2), &json!(0), &json!(0)], "{job}");
    let writes = world.sim.stats().writes;
    assert_eq!((writes.applied, writes.rejected_as_duplicate), (2, 0));
}

#[tokio::test]
async fn a_request_that_does_not_end_does_not_keep_the_server_from_stopping() {
    let mut world = World::with(|settings| settings.stop_within = Duration::from_millis(100)).await;
    let root = world.root().await;
    let open = begun(&root, "/api/jobs", 1_000).await;
    world.server.stopped().await;
    // Nobody was told that it came to anything.
    let mut word = [0];
    let heard = open.try_read(&mut word);
    assert!(!matches!(heard, Ok(1)), "{heard:?}");
}

#[tokio::test]
async fn a_job_whose_token_was_revoked_goes_on_after_the_next_login() {
    let world = World::new().await;
    let root = world.root().await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups").times(1).status(401));
    let id = root.create_groups(&["acme", "beta"]).await;
    let job = world.job_when(&root, &id, "paused").await;
    assert!(
        job["waitingReason"]
            .as_str()
            .unwrap()
            .contains("goes on after the next login"),
        "{job}"
    );
    let again = world.root().await;
    let job = world.job_when(&again, &id, "completed").await;
    assert_eq!(job["successCount"], 2);
}

#[tokio::test]
async fn a_job_whose_token_was_revoked_before_its_plan_is_planned_after_the_next_login() {
    let world = World::new().await;
    let root = world.root().await;
    world.sim.fault(Fault::get("/api/v4/**").times(1).status(401));
    let id = root.create_groups(&["acme"]).await;
    let job = world.job_when(&root, &id, "failed").await;
    assert_eq!(job["error"]["code"], "UNAUTHORIZED");
    let again = world.root().await;
    world.job_when(&again, &id, "completed").await;
    assert!(world.sim.group("acme").is_some());
}

#[tokio::test]
async fn a_job_that_was_paused_by_a_person_stays_so_after_a_login() {
    let world = World::new().await;
    let (root, id) = slow_job(&world).await;
    assert_eq!(
        root.post(&format!("/api/jobs/{id}/pause"), json!({}))
            .await
            .status,
        200
    );
    let again = world.root().await;
    assert_eq!(
        again.get(&format!("/api/jobs/{id}")).await.json()["status"],
        "paused"
    );
}

#[tokio::test]
async fn the_credential_of_a_job_is_gone_when_it_has_ended_and_the_session_after_its_logout() {
    let world = World::new().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme"]).await;
    world.job_when(&root, &id, "completed").await;
    let job = id.parse().unwrap();
    world
        .until(async || {
            world
                .storage
                .credential(job)
                .await
                .unwrap()
                .is_none()
                .then_some(())
        })
        .await;
    let user = domain::UserKey {
        instance: world.sim.url().parse().unwrap(),
        user_id: 1,
    };
    assert!(world.storage.has_session(&user, world.clock.now()).await.unwrap());
    root.post("/api/auth/logout", json!({})).await;
    assert!(!world.storage.has_session(&user, world.clock.now()).await.unwrap());
}

#[tokio::test]
async fn the_credential_of_a_job_that_never_ran_goes_when_it_is_cancelled() {
    let world = World::new().await;
    let root = world.root().await;
    let mut body = world::groups(&["acme"]);
    body["start"] = json!(false);
    let made = root.post("/api/jobs", body).await.json();
    let id = made["id"].as_str().unwrap();
    world.job_when(&root, id, "planned").await;
    let job = id.parse().unwrap();
    assert!(
        world.storage.credential(job).await.unwrap().is_some(),
        "it may be started any day"
    );
    assert_eq!(root.delete(&format!("/api/jobs/{id}")).await.status, 200);
    world
        .until(async || {
            world
                .storage
                .credential(job)
                .await
                .unwrap()
                .is_none()
                .then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_job_without_a_credential_waits_for_its_owner_and_nobody_elses_is_used() {
    let world = World::new().await;
    let (owner, root) = (world.signed_in("dev-0001").await, world.root().await);
    world
        .sim
        .fault(Fault::post("/api/v4/groups").times(1).status(401));
    let id = owner.create_groups(&["mine"]).await;
    world.job_when(&owner, &id, "paused").await;
    world.storage.erase_credential(id.parse().unwrap()).await.unwrap();

    // An administrator may resume it, but that does not lend it the administrator's token.
    assert_eq!(
        root.post(&format!("/api/jobs/{id}/resume"), json!({}))
            .await
            .status,
        200
    );
    world.clock.advance(Duration::from_secs(3));
    let job = world.job_when(&root, &id, "paused").await;
    assert!(
        job["waitingReason"]
            .as_str()
            .unwrap()
            .ends_with("goes on after the next login."),
        "{job}"
    );
    assert!(world.sim.group("mine").is_none());

    let owner = world.signed_in("dev-0001").await;
    world.job_when(&owner, &id, "completed").await;
    assert!(world.sim.group("mine").is_some());
}
