//! What GitLab limits by the day is known to the next process.

use domain::{Job, JobOptions, JobStatus};
use serde_json::json;

use crate::world::World;

const THREE_A_DAY: &str = "POST /projects";

async fn is_known_after_a_restart(mut world: World) {
    let limit = json!({ "endpoints": { THREE_A_DAY: { "limit": 3, "seconds": 86_400 } } });
    world.sim.limit(serde_json::from_value(limit).unwrap()).unwrap();
    let acme = json!({ "name": "Acme", "path": "acme" });
    world.by_hand("groups", acme).await;
    let five = "name,group\na,acme\nb,acme\nc,acme\nd,acme\ne,acme\n";
    let first = world
        .apply(&[("projects.csv", five)], JobOptions::default())
        .await;
    assert_eq!((first.status, first.success_count), (JobStatus::Pending, 3));
    let refused = world.sim.stats().rate_limited;
    assert!(refused > 0, "so it was learned");

    world.restart();
    let files = [
        ("groups.csv", "name,path,parent\nTools,tools,acme\n"),
        ("projects.csv", "name,group\nf,acme\n"),
    ];
    let second = world.apply(&files, JobOptions::default()).await;

    assert_eq!(
        (second.status, second.success_count),
        (JobStatus::Pending, 1),
        "the group"
    );
    assert_eq!(
        second.waiting_reason.as_deref(),
        Some("GitLab limits POST /projects")
    );
    let ends = |job: &Job| job.waiting_until.unwrap().as_millis();
    let apart = (ends(&second) - ends(&first)).abs();
    assert!(
        apart <= 1_000,
        "until the day is over that the first one began: {apart} ms"
    );
    assert_eq!(world.sim.stats().rate_limited, refused, "it is not asked again");
}

#[tokio::test]
async fn a_daily_limit_is_known_after_a_restart() {
    is_known_after_a_restart(World::new().await).await;
}

#[tokio::test]
async fn a_daily_limit_is_known_after_a_restart_over_postgres() {
    if let Some(world) = World::new().await.moved_to_postgres().await {
        is_known_after_a_restart(world).await;
    }
}
