use domain::JobOptions;
use gitlab_sim::{Background, Fault};
use serde_json::{Value, json};
use std::time::Duration;

use super::{does, group, now_in_journal, plan, project, run, told, undone, would_do, writes_since};
use crate::world::World;

/// GitLab 19: transfers are done by a worker.
async fn transfers_are_queued(world: &World) {
    let flag = gitlab_client::WriteRequest::post("features/groups_and_projects_async_transfer")
        .body(json!({ "value": "true" }));
    let answer = world.gitlab.send(&flag, gitlab_client::Lane::People).await;
    assert!(matches!(answer, gitlab_client::Answer::Done(_)), "{answer:?}");
}

#[tokio::test]
async fn a_project_moves_and_moves_back() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let web = project(&world, "web", acme).await;
    let holding = json!({ "name": "Holding", "path": "holding", "visibility": "private" });
    world.by_hand("groups", holding).await;
    let transfer = json!({ "project": "acme/web", "namespace": "holding" });

    let job = plan(&world, &[("transfer_project", transfer)], JobOptions::default()).await;
    run(&world, &job).await;

    assert_eq!(
        told(&world, &job).await,
        "transfer_project acme/web: update, succeeded\n  \
         namespace: \"acme\" -> \"holding\"\n  \
         visibility: \"public\" -> \"private\""
    );
    assert!(world.sim.project("holding/web").is_some());
    let again = json!({ "project": web, "namespace": "holding" });
    assert_eq!(
        would_do(&world, "transfer_project", again).await,
        format!("transfer_project {web}: unchanged, skipped")
    );
    let super::Undo::Items(reverse) = super::undo(&world, &job).await else {
        panic!("it cannot be undone")
    };
    let reverse: Vec<(&str, Value)> = reverse
        .into_iter()
        .map(|item| (item.operation, item.params))
        .collect();
    assert_eq!(
        reverse,
        [
            ("transfer_project", json!({ "project": web, "namespace": acme })),
            (
                "update_project",
                json!({ "project": web, "visibility": "public" })
            ),
        ]
    );
}

#[tokio::test]
async fn a_group_moves_with_everything_in_it_and_moves_back() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let team = group(&world, "team", Some(acme)).await;
    project(&world, "web", team).await;
    group(&world, "holding", None).await;

    let transfer = json!({ "group": "acme/team", "parent": "holding" });
    let job = plan(&world, &[("transfer_group", transfer)], JobOptions::default()).await;
    run(&world, &job).await;

    assert_eq!(
        told(&world, &job).await,
        "transfer_group acme/team: update, succeeded\n  \
         parent: \"acme\" -> \"holding\"\n  \
         (1 project move with it: their addresses change, too.)"
    );
    assert!(world.sim.project("holding/team/web").is_some());
    assert_eq!(
        undone(&world, &job).await,
        [("transfer_group", json!({ "group": team, "parent": acme }))]
    );
    assert!(world.sim.project("acme/team/web").is_some());
}

#[tokio::test]
async fn a_group_becomes_top_level_only_when_that_is_said() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    let team = group(&world, "team", Some(acme)).await;
    let operation = world.engine.registry().get("transfer_group").unwrap().clone();
    let Value::Object(without) = json!({ "group": "acme/team" }) else {
        unreachable!()
    };
    let problems = operation
        .validate(without, domain::Source::default(), world.engine.now())
        .unwrap_err();
    assert_eq!(problems[0].column.as_deref(), Some("parent"));

    let told = does(
        &world,
        "transfer_group",
        json!({ "group": team, "top_level": true }),
    )
    .await;

    assert_eq!(
        told,
        format!("transfer_group {team}: update, succeeded\n  parent: \"acme\" -> null")
    );
    assert!(world.sim.group("team").is_some());
}

#[tokio::test]
async fn everything_in_the_way_of_a_transfer_is_found_before_anything_is_sent() {
    let world = World::new().await;
    let acme = group(&world, "acme", None).await;
    group(&world, "team", Some(acme)).await;
    project(&world, "web", acme).await;
    let holding = group(&world, "holding", None).await;
    project(&world, "web", holding).await;
    group(&world, "closed", None).await;
    does(&world, "archive_group", json!({ "group": "closed" })).await;
    let going = group(&world, "going", None).await;
    does(&world, "delete_group", json!({ "group": "going" })).await;
    let before = now_in_journal(&world);

    for (operation, params, found) in [
        (
            "transfer_group",
            json!({ "group": "acme", "parent": "acme/team" }),
            "TRANSFER_INTO_ITSELF: `acme/team` is `acme` itself or in it",
        ),
        (
            "transfer_project",
            json!({ "project": "acme/web", "namespace": "holding" }),
            "PATH_TAKEN: `holding/web` is another project already; rename one of them first",
        ),
        (
            "transfer_project",
            json!({ "project": "acme/web", "namespace": "closed" }),
            "ARCHIVED: `closed` is archived: nothing can be moved into it",
        ),
        (
            "transfer_group",
            json!({ "group": "acme/team", "parent": going }),
            "MARKED_FOR_DELETION: `going-deletion_scheduled-",
        ),
    ] {
        let told = would_do(&world, operation, params).await;
        assert!(told.contains(&format!("conflict, failed\n  {found}")), "{told}");
    }
    assert_eq!(writes_since(&world, before), Vec::<String>::new());
    world.sim.assert_nothing_unimplemented();
}

#[tokio::test]
async fn what_one_may_not_do_there_is_told_before_anything_is_sent() {
    let root = World::new().await;
    let dev = root.seen_by("dev-0001").await;
    let own = group(&dev, "own", None).await;
    project(&dev, "web", own).await;
    let acme = group(&root, "acme", None).await;
    let reporter = json!({ "username": "dev-0001", "access_level": 20 });
    root.by_hand(&format!("groups/{acme}/members"), reporter).await;

    assert_eq!(
        would_do(
            &dev,
            "transfer_project",
            json!({ "project": "own/web", "namespace": "acme" })
        )
        .await,
        "transfer_project own/web: conflict, failed\n  \
         NOT_PERMITTED: you are reporter in `acme`; to move something into it takes maintainer"
    );
    assert!(
        would_do(
            &dev,
            "transfer_group",
            json!({ "group": "acme", "parent": "own" })
        )
        .await
        .contains("NOT_PERMITTED: you are reporter in `acme`; to transfer takes owner")
    );
}

#[tokio::test]
async fn a_queued_transfer_is_followed_to_its_end() {
    let world = World::with_background(Background::After(Duration::from_millis(400))).await;
    transfers_are_queued(&world).await;
    let acme = group(&world, "acme", None).await;
    group(&world, "team", Some(acme)).await;
    project(&world, "web", acme).await;
    group(&world, "holding", None).await;
    let items = [
        (
            "transfer_group",
            json!({ "group": "acme/team", "parent": "holding" }),
        ),
        (
            "transfer_project",
            json!({ "project": "acme/web", "namespace": "holding" }),
        ),
    ];

    let job = plan(&world, &items, JobOptions::default()).await;
    run(&world, &job).await;

    assert_eq!(
        world.ledger(job.id).await,
        "transfer_group acme/team update succeeded attempts=1\n\
         transfer_project acme/web update succeeded attempts=1"
    );
    let paths: Vec<_> = world
        .items(job.id)
        .await
        .into_iter()
        .map(|item| item.result.unwrap().full_path)
        .collect();
    assert_eq!(
        paths,
        [Some("holding/team".to_owned()), Some("holding/web".to_owned())]
    );
}

#[tokio::test]
async fn a_queued_transfer_whose_place_is_taken_has_failed() {
    let world = World::with_background(Background::After(Duration::from_hours(1))).await;
    transfers_are_queued(&world).await;
    let acme = group(&world, "acme", None).await;
    group(&world, "team", Some(acme)).await;
    let holding = group(&world, "holding", None).await;
    let transfer = (
        "transfer_group",
        json!({ "group": "acme/team", "parent": "holding" }),
    );
    let job = plan(&world, &[transfer], JobOptions::default()).await;

    let somebody_is_faster = async {
        while world
            .sim
            .asked(&Fault::post("/api/v4/groups/*/transfer"))
            .is_empty()
        {
            world.gitlab.current_user().await.unwrap();
        }
        group(&world, "team", Some(holding)).await;
    };
    tokio::join!(run(&world, &job), somebody_is_faster);

    assert!(
        told(&world, &job)
            .await
            .contains("TRANSFER_FAILED: something else stands at `holding/team` by now")
    );
}
