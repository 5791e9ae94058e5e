use reqwest::{Method, StatusCode};

use crate::fleet::Fleet;
use crate::job::{Import, WRITES};
use crate::person::told;

#[tokio::test(flavor = "multi_thread")]
async fn while_postgresql_is_away_nothing_is_sent_and_afterwards_everything_goes_on() {
    let Some(mut fleet) = Fleet::of_three().await else {
        return;
    };
    let root = fleet.root().await;
    let import = Import::begin(&root).await;

    fleet.until_written(WRITES / 3).await;
    fleet.services.postgres.kill().unwrap();
    for node in 0..3 {
        let answer = root.at(node, Method::GET, "/api/jobs").send().await.unwrap();
        let (status, refusal) = told(answer).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{refusal}");
        assert_eq!(refusal["error"]["code"], "SERVICE_UNAVAILABLE", "{refusal}");
        let answer = root.at(node, Method::GET, "/health").send().await.unwrap();
        let (status, health) = told(answer).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(health["database"], false, "{health}");
    }
    // What was intended before has been sent by now; nothing else may be.
    let sent = fleet.gitlab.stats().writes.applied;
    assert!(sent < WRITES, "it went away in the middle: {sent}");
    let mut looks = tokio::time::interval(std::time::Duration::from_millis(100));
    for _ in 0..10 {
        looks.tick().await;
    }
    assert_eq!(fleet.gitlab.stats().writes.applied, sent);
    fleet.services.postgres.start().unwrap();

    import.assert_done_once(&root, &fleet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_jobs_go_on_and_afterwards_it_is_used_again() {
    let Some(mut fleet) = Fleet::of_three().await else {
        return;
    };
    let root = fleet.root().await;
    let import = Import::begin(&root).await;

    fleet.until_written(WRITES / 4).await;
    fleet.services.redis.kill().unwrap();
    fleet.until_written(WRITES / 2).await;
    fleet.services.redis.start().unwrap();

    import.assert_done_once(&root, &fleet).await;
    for node in 0..3 {
        let mut looks = tokio::time::interval(std::time::Duration::from_millis(50));
        loop {
            looks.tick().await;
            let answer = root.at(node, Method::GET, "/health").send().await.unwrap();
            let (status, health) = told(answer).await;
            assert_eq!(status, StatusCode::OK, "{health}");
            if health["redis"] == true {
                break;
            }
        }
    }
}
