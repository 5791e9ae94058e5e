//! What all nodes together send to GitLab.

use std::sync::Mutex;
use std::time::Duration;

use domain::Clock;
use gitlab_client::{Rate, Wish};
use reqwest::Method;
use serde_json::json;

use super::Pair;
use crate::world::{Person, Server};

/// How many items ended on this node.
async fn items(node: &Server) -> u32 {
    let page = node.stranger().request(Method::GET, "/metrics").bearer_auth("m");
    let page = page.send().await.unwrap().text().await.unwrap();
    let line = page
        .lines()
        .find_map(|line| line.strip_prefix("gitlab_bulk_items_total{status=\"succeeded\"} "));
    line.map_or(0, |count| count.parse().unwrap())
}

/// Two jobs at once, one on each node; returns their ids.
async fn one_job_each(pair: &Pair, root: &Person, items_each: u32) -> [String; 2] {
    let mut ids = Vec::new();
    for job in ["left", "right"] {
        let paths: Vec<String> = (0..items_each).map(|item| format!("{job}-{item}")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        ids.push(root.create_groups(&paths).await);
    }
    for id in &ids {
        pair.world.job_when(root, id, "completed").await;
    }
    assert!(items(&pair.world.server).await > 0 && items(&pair.other).await > 0);
    ids.try_into().unwrap()
}

async fn pair(rate: Rate) -> Option<Pair> {
    Pair::paced(rate, |settings| {
        settings.max_concurrent_jobs = 1;
        settings.metrics_token = Some("m".into());
    })
    .await
}

#[tokio::test]
async fn two_nodes_together_keep_the_rate_of_one_user() {
    let Some(pair) = pair(Rate::PerSecond(20.0)).await else {
        return;
    };
    // Each node at this rate by itself would be 40 requests a second. People may take a little in advance.
    let limits = json!({ "perSecond": 27 });
    pair.world
        .sim
        .limit(serde_json::from_value(limits).unwrap())
        .unwrap();
    let root = pair.world.root().await;
    let began = pair.world.clock.monotonic();
    one_job_each(&pair, &root, 40).await;
    let took = pair.world.clock.monotonic().saturating_sub(began);
    let stats = serde_json::to_value(pair.world.sim.stats()).unwrap();
    assert_eq!(stats["rateLimited"], 0, "{stats}");
    assert!(took >= Duration::from_millis(3_500), "80 items in {took:?}");
}

/// A node that has the budget first must not keep it.
#[tokio::test]
async fn jobs_of_two_busy_nodes_have_equal_shares_of_the_one_budget() {
    const ITEMS: u32 = 120;
    let Some(pair) = pair(Rate::PerSecond(30.0)).await else {
        return;
    };
    let root = pair.world.root().await;
    one_job_each(&pair, &root, ITEMS).await;
    // GitLab's numbers tell what was asked for first.
    let mut made: Vec<(u64, &str)> = ["left", "right"]
        .into_iter()
        .flat_map(|job| (0..ITEMS).map(move |item| (job, format!("{job}-{item}"))))
        .map(|(job, path)| (pair.world.sim.group_id(&path).unwrap().0, job))
        .collect();
    made.sort_unstable();
    let place = |job: &str| {
        let of_job = |(_, one): &(u64, &str)| *one == job;
        (
            made.iter().position(of_job).unwrap(),
            made.iter().rposition(of_job).unwrap(),
        )
    };
    let (left, right) = (place("left"), place("right"));
    let both = &made[left.0.max(right.0)..=left.1.min(right.1)];
    assert!(
        both.len() > 40,
        "they hardly ran at the same time: {left:?} {right:?}"
    );
    let of_left = both.iter().filter(|(_, job)| *job == "left").count();
    assert!(
        (both.len() / 3..=both.len() - both.len() / 3).contains(&of_left),
        "{of_left} of {}",
        both.len()
    );
}

#[tokio::test]
async fn who_asks_for_turns_at_the_same_time_gets_as_many_as_the_other() {
    let both = Mutex::new(Vec::new());
    let Some(_pair) =
        Pair::with(|settings| both.lock().unwrap().push(settings.nodes.shared_pace().unwrap())).await
    else {
        return;
    };
    let both = both.into_inner().unwrap();
    let asked = async |node: usize, turns: u32| {
        let wish = Wish {
            budget: "a test".into(),
            interval: Duration::from_secs(5),
            turns,
            ahead: Duration::from_secs(160),
            late: Duration::ZERO,
            places: None,
        };
        both[node].reserve(&wish).await.unwrap().turns
    };
    assert_eq!(asked(0, 2).await, 2);
    assert_eq!(asked(0, 12).await, 12, "nobody else asks");
    // Each leaves room for the other as often again.
    assert_eq!([asked(1, 12).await, asked(0, 12).await], [8, 8]);
}

#[tokio::test]
async fn two_nodes_together_keep_to_the_places_of_one_user() {
    let Some(pair) = pair(Rate::Unlimited).await else {
        return;
    };
    let limits = json!({ "latencyMs": 100 });
    pair.world
        .sim
        .limit(serde_json::from_value(limits).unwrap())
        .unwrap();
    let root = pair.world.root().await;
    one_job_each(&pair, &root, 60).await;
    let stats = serde_json::to_value(pair.world.sim.stats()).unwrap();
    let most = stats["maxInFlight"].as_u64().unwrap();
    assert!(most <= 10, "{most}");
}

#[tokio::test]
async fn what_gitlab_refuses_one_node_the_other_does_not_ask_for() {
    let Some(pair) = pair(Rate::Unlimited).await else {
        return;
    };
    let here = pair.world.root().await;
    let there = pair.at_other(&here);
    assert_eq!(there.get("/api/gitlab/projects").await.status, 200);
    let fault = json!({ "match": { "path": "/api/v4/version" }, "times": 1, "action": "throttle:60" });
    pair.world.sim.fault(serde_json::from_value(fault).unwrap());
    let refused = here.get("/api/gitlab/version").await;
    assert_eq!(refused.status, 429, "{}", refused.text);
    // Not from memory.
    let fresh = [("cache-control", "no-cache")];
    let ask = async || {
        there
            .send(Method::GET, "/api/gitlab/projects", &fresh, "")
            .await
            .status
    };
    pair.at_once(async || (ask().await == 429).then_some(())).await;
    let asked = pair.world.sim.journal(0).len();
    assert_eq!(ask().await, 429);
    assert_eq!(pair.world.sim.journal(0).len(), asked, "it was sent");
}
