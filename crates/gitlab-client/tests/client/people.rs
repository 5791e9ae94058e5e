//! Whoever looks at a screen does not wait behind jobs. Time stands still: what waits for it never comes.

use std::time::Duration;

use bytes::Bytes;
use gitlab_client::passthrough::Target;
use gitlab_client::{Gitlab, JobLimits, Lane, NO_QUERY, Rate, Settings, Token, WaitReason, WriteRequest};
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::World;
use crate::loopback::{Loopback, Reaction, answer, hang};

/// Jobs' requests hang for ever, people's are answered.
async fn server() -> Loopback {
    Loopback::serve(|seen, _| {
        if seen.target.contains("slow") {
            hang()
        } else {
            crate::loopback::json("{}")
        }
    })
    .await
}

/// Items of a job, all at once.
fn job(gitlab: &Gitlab, limits: JobLimits, items: usize) -> Vec<JoinHandle<()>> {
    let gitlab = gitlab.for_job(limits);
    (0..items)
        .map(|item| {
            let gitlab = gitlab.clone();
            tokio::spawn(async move {
                gitlab
                    .send(&WriteRequest::post(format!("slow/{item}")), Lane::Jobs)
                    .await;
            })
        })
        .collect()
}

async fn read(gitlab: &Gitlab) -> Value {
    gitlab.get("user", NO_QUERY, Lane::People).await.unwrap()
}

fn session(world: &World, server: &Loopback, user: u64) -> Gitlab {
    let token = Token::personal(&format!("glpat-{user}")).unwrap();
    world
        .client
        .session(&server.instance(), Some(user), token)
        .unwrap()
}

#[tokio::test]
async fn jobs_that_hold_every_place_they_can_get_keep_nobody_waiting() {
    for concurrency in [1, 2, 10] {
        let server = server().await;
        let world = World::with(Settings {
            concurrency,
            ..crate::settings()
        });
        let gitlab = session(&world, &server, 1);
        let _jobs = [
            job(&gitlab, JobLimits::default(), 20),
            job(&gitlab, JobLimits::default(), 20),
        ];
        server.has_seen(1).await;
        for _ in 0..3 {
            read(&gitlab).await;
        }
    }
}

#[tokio::test]
async fn jobs_of_others_that_hold_every_connection_they_can_get_keep_nobody_waiting() {
    let server = server().await;
    let world = World::with(Settings {
        max_sockets: 4,
        ..crate::settings()
    });
    let _jobs: Vec<_> = (2..6)
        .map(|user| job(&session(&world, &server, user), JobLimits::default(), 10))
        .collect();
    server.has_seen(3).await;
    for _ in 0..3 {
        read(&session(&world, &server, 1)).await;
    }
    // One connection is people's, and there are no more than four.
    let of_jobs = server
        .seen()
        .into_iter()
        .filter(|seen| seen.target.contains("slow"));
    assert_eq!(of_jobs.count(), 3);
    assert!(server.connections() <= 4, "{}", server.connections());
}

#[tokio::test]
async fn one_instance_is_asked_so_often_by_all_its_users_together() {
    for (instance_rate, least, most) in [(None, 0, 0), (Some(2.0), 2_000, 3_000)] {
        let server = server().await;
        let world = World::with(Settings {
            instance_rate,
            ..crate::settings()
        });
        let users = [session(&world, &server, 1), session(&world, &server, 2)];
        let asks = async {
            for number in 0..6 {
                let gitlab = users[number % 2].for_job(JobLimits::default());
                let _: Value = gitlab.get("user", NO_QUERY, Lane::Jobs).await.unwrap();
            }
        };
        let ((), took) = world.pausing(asks).await;
        let took = took.as_millis();
        assert!((least..=most).contains(&took), "{instance_rate:?}: {took} ms");
    }
}

#[tokio::test]
async fn a_queue_of_jobs_at_any_rate_is_passed_by() {
    let slow = Some(1.0 / 60.0);
    for (rate, instance_rate, per_second) in [
        (Rate::PerSecond(1.0 / 60.0), None, None),
        (Rate::Auto, slow, None),
        (Rate::Unlimited, slow, None),
        (Rate::Unlimited, None, slow),
    ] {
        let server = server().await;
        let world = World::with(Settings {
            rate,
            instance_rate,
            ..crate::settings()
        });
        let gitlab = session(&world, &server, 1);
        let limits = JobLimits {
            per_second,
            ..JobLimits::default()
        };
        let _job = job(&gitlab, limits, 20);
        server.has_seen(1).await;
        // Not one slot is waited for: what people take is taken in advance.
        read(&gitlab).await;
    }
}

#[tokio::test]
async fn what_an_endpoint_holds_back_of_a_job_holds_back_nobody_elsewhere() {
    let server = Loopback::serve(|seen, _| match seen.method.as_str() {
        "POST" => answer(
            "429 Too Many Requests",
            &[("Content-Type", "application/json"), ("Retry-After", "60")],
            r#"{"message":{"error":"This endpoint has been requested too many times. Try again later."}}"#,
        ),
        _ => Reaction::clone(&crate::loopback::json("{}")),
    })
    .await;
    let world = World::with(Settings {
        concurrency: 2,
        ..crate::settings()
    });
    let gitlab = session(&world, &server, 1);
    let job = gitlab.for_job(JobLimits::default());
    let create = WriteRequest::post("projects").body(json!({ "name": "Site" }));
    job.send(&create, Lane::Jobs).await;
    let waits: Vec<_> = (0..10)
        .map(|_| {
            let (job, create) = (job.clone(), create.clone());
            tokio::spawn(async move { job.send(&create, Lane::Jobs).await })
        })
        .collect();
    for _ in 0..10 {
        read(&gitlab).await;
    }
    let waiting = gitlab.waiting(Lane::Jobs).unwrap();
    assert!(matches!(waiting.reason, WaitReason::Endpoint(_)), "{waiting:?}");
    assert_eq!(waiting.until.since(crate::NOON).as_secs(), 60);
    assert!(waits.iter().all(|waits| !waits.is_finished()));
}

#[tokio::test]
async fn people_wait_for_a_limit_for_fifteen_seconds_and_are_told_at_once_of_a_longer_one() {
    let wait = |seconds| {
        let asked = [("Retry-After", seconds)];
        answer("429 Too Many Requests", &asked, "Retry later\n")
    };
    let found = || crate::loopback::json("{}");
    let server = Loopback::in_turn(vec![wait("15"), wait("16"), found(), wait("15"), found()]).await;
    let world = World::new();
    let gitlab = session(&world, &server, 1);
    let out = world.client.passthrough::<Full<Bytes>>();
    let reads = || gitlab.get::<Value>("user", NO_QUERY, Lane::People);
    let passes_through = || out.forward(&gitlab, Target::Rest("user"), Request::new(Full::default()));
    let patience = Duration::from_secs(15);
    let told = "GitLab rate limit exceeded: GitLab asked to wait, until 2026-11-22T12:00:31.000Z";

    // The first wait is borne, the second is not.
    let (refused, took) = world.pausing(reads()).await;
    assert_eq!(
        (refused.unwrap_err().to_string().as_str(), took),
        (told, patience)
    );
    let (refused, took) = world.pausing(passes_through()).await;
    assert_eq!(
        (refused.unwrap_err().to_string().as_str(), took),
        (told, Duration::ZERO)
    );
    assert_eq!(server.seen().len(), 2);

    world.clock.advance(Duration::from_secs(1));
    let (answered, took) = world.pausing(passes_through()).await;
    assert_eq!((answered.unwrap().status().as_u16(), took), (200, patience));
    let (answered, took) = world.pausing(reads()).await;
    assert_eq!((answered.unwrap(), took), (json!({}), patience));
}
