use std::fmt::Write;
use std::sync::Arc;

use domain::{Clock, SystemClock, Timestamp};
use engine::selector::{Kinds, Look, SelectError, Selected, Selector};
use futures::TryStreamExt;
use gitlab_client::{Gitlab, GitlabClient, HostPolicy, Lane, Rate, SeededJitter, Settings, Token};
use gitlab_sim::{Options, Simulator};
use insta::assert_snapshot;
use serde_json::json;

use crate::world::World;

/// A small company: two departments, an archive, and a person's own project.
pub(crate) async fn company() -> World {
    let world = World::new().await;
    let mut groups = std::collections::BTreeMap::new();
    for (path, visibility) in [
        ("acme", "public"),
        ("acme/platform", "public"),
        ("acme/platform/tools", "private"),
        ("acme/sales", "private"),
        ("contractors", "private"),
    ] {
        let (parent, name) = path
            .rsplit_once('/')
            .map_or((None, path), |(parent, name)| (Some(parent), name));
        let parent = parent.map(|parent| groups[parent]);
        let body = json!({"name": name, "path": name, "parent_id": parent, "visibility": visibility});
        groups.insert(path, world.by_hand("groups", body).await);
    }
    for (path, visibility, topics, branch) in [
        ("acme/site", "public", "web", "main"),
        ("acme/platform/api", "public", "web,legacy", "main"),
        ("acme/platform/queue", "internal", "legacy", "master"),
        ("acme/platform/tools/lint", "private", "", "main"),
        ("acme/sales/crm", "private", "legacy", "main"),
        ("contractors/handbook", "private", "", "main"),
    ] {
        let (group, name) = path.rsplit_once('/').unwrap();
        let body = json!({
            "name": name, "path": name, "namespace_id": groups[group], "visibility": visibility,
            "topics": topics.split(',').filter(|topic| !topic.is_empty()).collect::<Vec<_>>(),
            "default_branch": branch, "description": format!("The {name} of {group}"),
            "initialize_with_readme": name != "lint",
        });
        world.by_hand("projects", body).await;
    }
    world
        .by_hand("projects", json!({"name": "dotfiles", "path": "dotfiles"}))
        .await;
    let crm = world.sim.project_id("acme/sales/crm").unwrap();
    world
        .by_hand(&format!("projects/{}/archive", crm.0), json!({}))
        .await;
    let platform = json!({"username": "dev-0001", "access_level": 40});
    world
        .by_hand(&format!("groups/{}/members", groups["acme/platform"]), platform)
        .await;
    let sales = json!({"username": "dev-0001", "access_level": 20});
    world
        .by_hand(&format!("groups/{}/members", groups["acme/sales"]), sales)
        .await;
    world
}

fn everything(administrator: bool) -> Look {
    Look {
        kinds: Kinds::Both,
        now: SystemClock::new().now(),
        administrator,
    }
}

fn paths(selected: &[Selected]) -> String {
    let names: Vec<String> = selected
        .iter()
        .map(|object| match object.kind {
            engine::operation::ObjectKind::Group => format!("{}/", object.full_path),
            engine::operation::ObjectKind::Project => object.full_path.clone(),
        })
        .collect();
    names.join(" ")
}

/// For each selector: what it selects, in how many requests.
async fn selected(world: &World, gitlab: &Gitlab, look: &Look, selectors: &[&str]) -> String {
    let mut out = String::new();
    for text in selectors {
        let before = world.sim.stats().requests.total;
        let selector = Selector::parse(text).unwrap();
        let found = match selector.select(gitlab, look).await {
            Ok(found) => paths(&found),
            Err(error) => error.to_string(),
        };
        let requests = world.sim.stats().requests.total - before;
        writeln!(out, "{text}\n    {found} ({requests})").unwrap();
    }
    out
}

#[tokio::test]
async fn an_administrator_selects_among_everything() {
    let world = company().await;

    let found = selected(
        &world,
        &world.gitlab,
        &everything(true),
        &[
            "kind:group",
            "kind:project",
            "group:acme",
            "group:acme/platform/**",
            "path:acme/platform/**",
            "kind:project group:acme/** visibility=public",
            "visibility!=public topic:legacy",
            "topic:legacy archived=false",
            "archived=true",
            "group:acme/** kind:group visibility=private",
            "path:acme/platform/a*,contractors/*",
            "path=acme/site,acme/sales kind:project or path=ACME/Sales",
            "empty_repo=true",
            "default_branch=master",
            "name~\"and\" or description~\"of acme/sales\"",
            "-group:acme/** kind:project",
            "personal=true",
            "path:root/**",
            "last_activity<1h kind:project",
            "created=today kind:group top_level=true",
            "storage<1tb group:acme/platform",
            "my_role>=owner",
            "my_role=none",
        ],
    )
    .await;

    assert_snapshot!(found);
}

#[tokio::test]
async fn a_member_selects_among_what_is_theirs_and_in_named_groups_among_what_they_see() {
    let world = company().await;
    let gitlab = session(&world.sim, "glpat-sim-dev-0001");

    let found = selected(
        &world,
        &gitlab,
        &everything(false),
        &[
            "kind:project",
            "kind:group",
            "group:acme",
            "my_role>=maintainer",
            "my_role=reporter",
            "my_role<maintainer",
            "my_role=reporter or topic:web",
            "my_role>=reporter -my_role>=maintainer kind:project",
            "path=acme/platform/api my_role>=maintainer",
            "group:contractors/**",
        ],
    )
    .await;

    assert_snapshot!(found);
}

#[tokio::test]
async fn what_a_selector_names_has_to_be_there() {
    let world = company().await;

    let found = selected(
        &world,
        &world.gitlab,
        &everything(true),
        &[
            "group:acme/plattform/**",
            "path=acme/site,acme/sight",
            "kind:project id=1,4711",
            "path:nobody/**",
            "kind:group path:nobody/**",
            "group:acme/** stars>5",
        ],
    )
    .await;

    assert_snapshot!(found);
}

#[tokio::test]
async fn gitlab_away_is_said_as_it_is() {
    let world = company().await;
    let gitlab = session(&world.sim, "glpat-sim-root");
    Arc::into_inner(world.sim).unwrap().stop().await;

    let selector = Selector::parse("kind:project").unwrap();
    let error = selector.select(&gitlab, &everything(true)).await.unwrap_err();

    assert!(matches!(error, SelectError::Gitlab(_)), "{error}");
}

/// Twenty thousand projects in a hundred groups. Selecting among them costs what listing them costs.
#[tokio::test]
async fn selecting_over_twenty_thousand_projects_needs_no_more_requests_than_listing_them() {
    let sim = Simulator::start_with(Options::empty().users(20).groups(100).projects(20_000))
        .await
        .unwrap();
    let gitlab = session(&sim, "glpat-sim-root");
    let count = || sim.stats().requests.total;
    let look = Look {
        kinds: Kinds::Projects,
        now: Timestamp::parse("2026-11-22T12:00:00Z").unwrap(),
        administrator: true,
    };

    let before = count();
    let query = [
        ("simple", "true"),
        ("order_by", "id"),
        ("sort", "asc"),
        ("pagination", "keyset"),
    ];
    let pages: Vec<usize> = gitlab
        .pages::<serde::de::IgnoredAny>("projects", &query, Lane::People)
        .map_ok(|page| page.items.len())
        .try_collect()
        .await
        .unwrap();
    let listing = count() - before;
    assert_eq!(pages.iter().sum::<usize>(), 20_000);

    for (text, most) in [
        ("stars>=0 visibility=private,internal,public -topic:keep", listing),
        // GitLab leaves out what it can.
        ("visibility=internal archived=false", listing / 2),
    ] {
        let before = count();
        let found = Selector::parse(text)
            .unwrap()
            .select(&gitlab, &look)
            .await
            .unwrap();
        let requests = count() - before;
        assert!(requests <= most, "{text}: {requests} requests, {most} allowed");
        assert!(found.len() > 500, "{text}: {}", found.len());
    }
}

fn session(sim: &Simulator, token: &str) -> Gitlab {
    let settings = Settings {
        rate: Rate::Unlimited,
        ..Settings::new(HostPolicy::listed([]).with_development())
    };
    gitlab_client::install_crypto();
    let clock = Arc::new(SystemClock::new());
    let client = GitlabClient::new(settings, clock, Arc::new(SeededJitter::new(1))).unwrap();
    client
        .session(&sim.url().parse().unwrap(), None, Token::personal(token).unwrap())
        .unwrap()
}
