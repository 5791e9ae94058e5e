//! What keeps somebody from making something somewhere is told before anything is sent; GitLab would refuse it.

use domain::{Action, JobOptions};
use gitlab_client::{Answer, Lane, WriteRequest};
use gitlab_sim::Tier;
use serde_json::{Value, json};

use crate::bodies::sentence;
use crate::world::World;

/// `acme` with these settings and the public project `acme/web`, number 1, as `dev-0001` sees it, who is its
/// maintainer or what `level` says.
async fn acme(settings: Value, level: u8) -> World {
    let root = World::of_tier(Tier::Premium).await;
    let mut group = json!({ "name": "Acme", "path": "acme", "visibility": "public" });
    let acme = root.by_hand("groups", group.clone()).await;
    let web = json!({ "name": "web", "path": "web", "namespace_id": acme, "visibility": "public" });
    root.by_hand("projects", web).await;
    let member = json!({ "username": "dev-0001", "access_level": level });
    root.by_hand("groups/acme/members", member).await;
    group = settings;
    if group != json!({}) {
        root.change_by_hand("groups/acme", group).await;
    }
    root.seen_by("dev-0001").await
}

/// What is planned for one item: its action, the code of its error and its sentence.
async fn planned(world: &World, operation: &str, params: Value) -> String {
    let job = world
        .planned(operation, &json!([params]), JobOptions::default())
        .await;
    let items = world.items(job.id).await;
    let code = items[0].error.as_ref().map_or("-", |error| error.code.as_str());
    format!(
        "{} {code}: {}",
        items[0].action.map_or("-", Action::name),
        sentence(&items[0])
    )
}

/// GitLab's answer to the same, sent by hand.
async fn answered(world: &World, path: &str, body: Value) -> Option<u16> {
    match world
        .gitlab
        .send(&WriteRequest::post(path).body(body), Lane::People)
        .await
    {
        Answer::Done(_) => None,
        Answer::Refused(refusal) => Some(refusal.status.as_u16()),
        other => panic!("{other:?}"),
    }
}

/// What a group says of who may make something in it, the level of who tries, what is tried and how that is sent by
/// hand, and what is said of it.
type Case = (
    Value,
    u8,
    &'static str,
    Value,
    (&'static str, Value),
    &'static str,
);

fn cases() -> Vec<Case> {
    let acme = 22;
    let group = || {
        (
            "groups",
            json!({ "name": "Team", "path": "team", "parent_id": acme }),
        )
    };
    let project = || ("projects", json!({ "name": "api", "namespace_id": acme }));
    vec![
        (
            json!({ "subgroup_creation_level": "owner" }),
            40,
            "create_group",
            json!({ "name": "Team", "path": "team", "parent": "acme" }),
            group(),
            "conflict INSUFFICIENT_ACCESS: this needs the level owner on `acme` and your level there is maintainer; ask an \
             owner for it",
        ),
        (
            json!({ "subgroup_creation_level": "owner" }),
            40,
            "clone_group",
            json!({ "group": "acme", "parent": "acme", "path": "team" }),
            group(),
            "conflict INSUFFICIENT_ACCESS: this needs the level owner on `acme` and your level there is maintainer; ask an \
             owner for it",
        ),
        (
            json!({ "project_creation_level": "maintainer" }),
            30,
            "create_project",
            json!({ "name": "api", "group": "acme" }),
            project(),
            "conflict INSUFFICIENT_ACCESS: this needs the level maintainer on `acme` and your level there is developer; \
             ask an owner for it",
        ),
        (
            json!({ "project_creation_level": "owner" }),
            40,
            "create_project",
            json!({ "name": "api", "group": "acme" }),
            project(),
            "conflict INSUFFICIENT_ACCESS: this needs the level owner on `acme` and your level there is maintainer; ask an \
             owner for it",
        ),
        (
            json!({ "project_creation_level": "noone" }),
            50,
            "create_project",
            json!({ "name": "api", "group": "acme" }),
            project(),
            "conflict NOT_PERMITTED: `acme` lets nobody make projects in it (project_creation_level is noone); ask an owner \
             to change that",
        ),
        (
            json!({ "project_creation_level": "administrator" }),
            50,
            "create_project",
            json!({ "name": "api", "group": "acme" }),
            project(),
            "conflict NOT_PERMITTED: `acme` lets only administrators make projects in it (project_creation_level is \
             administrator); ask an owner to change that",
        ),
        (
            json!({ "project_creation_level": "noone" }),
            50,
            "fork_project",
            json!({ "project": "acme/web", "namespace": "acme", "path": "fork" }),
            (
                "projects/1/fork",
                json!({ "namespace_id": acme, "path": "fork", "name": "fork" }),
            ),
            "conflict NOT_PERMITTED: `acme` lets nobody make projects in it (project_creation_level is noone); ask an owner \
             to change that",
        ),
        (
            json!({ "project_creation_level": "noone" }),
            50,
            "clone_project",
            json!({ "project": "acme/web" }),
            project(),
            "conflict NOT_PERMITTED: `acme` lets nobody make projects in it (project_creation_level is noone); ask an owner \
             to change that",
        ),
    ]
}

#[tokio::test]
async fn who_may_make_what_in_a_group_is_known_before() {
    for (settings, level, operation, params, (path, body), said) in cases() {
        let world = acme(settings.clone(), level).await;
        assert_eq!(
            planned(&world, operation, params).await,
            said,
            "{operation} {settings}"
        );
        let status = answered(&world, path, body).await;
        assert!(
            matches!(status, Some(400 | 403 | 404 | 409)),
            "{operation} {settings}: GitLab does it ({status:?})"
        );
    }
}

#[tokio::test]
async fn whoever_may_make_it_does() {
    for (settings, level, operation, params) in [
        (
            json!({ "subgroup_creation_level": "maintainer" }),
            40,
            "create_group",
            json!({ "name": "Team", "path": "team", "parent": "acme" }),
        ),
        (
            json!({ "subgroup_creation_level": "owner" }),
            50,
            "create_group",
            json!({ "name": "Team", "path": "team", "parent": "acme" }),
        ),
        (
            json!({ "project_creation_level": "developer" }),
            30,
            "create_project",
            json!({ "name": "api", "group": "acme" }),
        ),
        (
            json!({ "project_creation_level": "maintainer" }),
            40,
            "fork_project",
            json!({ "project": "acme/web", "namespace": "acme", "path": "fork", "name": "fork" }),
        ),
    ] {
        let world = acme(settings.clone(), level).await;
        let job = world
            .run(operation, &json!([params]), JobOptions::default())
            .await;
        assert_eq!(job.success_count, 1, "{settings}: {}", world.ledger(job.id).await);
    }
}

#[tokio::test]
async fn a_group_that_lets_nobody_make_projects_lets_them_be_changed() {
    let world = acme(json!({ "project_creation_level": "noone" }), 50).await;
    let options = JobOptions {
        update_existing: true,
        ..JobOptions::default()
    };
    let web = json!([{ "name": "web", "group": "acme", "description": "The site" }]);
    let job = world.run("create_project", &web, options).await;
    assert_eq!(job.success_count, 1, "{}", world.ledger(job.id).await);
    assert_eq!(world.sim.project("acme/web").unwrap().description, "The site");
}

#[tokio::test]
async fn whoever_may_make_no_groups_is_told_so_for_those_at_the_top() {
    let root = World::new().await;
    let user = root.user("dev-0001").await;
    root.change_by_hand(&format!("users/{user}"), json!({ "can_create_group": false }))
        .await;
    let acme = root
        .by_hand("groups", json!({ "name": "Acme", "path": "acme" }))
        .await;
    let team = json!({ "name": "Team", "path": "team", "parent_id": acme });
    root.by_hand("groups", team).await;
    let owner = json!({ "username": "dev-0001", "access_level": 50 });
    root.by_hand("groups/acme/members", owner).await;
    let world = root.seen_by("dev-0001").await;
    let said =
        "conflict NOT_PERMITTED: you may not make top-level groups; give a parent, or ask an administrator";

    for (operation, params) in [
        ("create_group", json!({ "name": "Own", "path": "own" })),
        ("clone_group", json!({ "group": "acme" })),
    ] {
        assert_eq!(planned(&world, operation, params).await, said, "{operation}");
    }
    assert_eq!(
        planned(
            &world,
            "transfer_group",
            json!({ "group": "acme/team", "top_level": true })
        )
        .await,
        "conflict NOT_PERMITTED: you may not make top-level groups"
    );
    let refused = answered(&world, "groups", json!({ "name": "Own", "path": "own" })).await;
    assert_eq!(refused, Some(403));
    let below = json!({ "name": "Own", "path": "own", "parent": "acme" });
    assert_eq!(planned(&world, "create_group", below).await, "create -: -");
}

#[tokio::test]
async fn what_a_group_says_of_what_is_made_in_it_holds_for_what_is_moved_into_it() {
    let root = World::new().await;
    for (path, settings) in [
        ("closed", json!({ "project_creation_level": "noone" })),
        ("owners", json!({ "subgroup_creation_level": "owner" })),
        ("acme", json!({})),
    ] {
        let mut group = json!({ "name": path, "path": path });
        group
            .as_object_mut()
            .unwrap()
            .extend(settings.as_object().unwrap().clone());
        root.by_hand("groups", group).await;
        let level = if path == "acme" { 50 } else { 40 };
        let member = json!({ "username": "dev-0001", "access_level": level });
        root.by_hand(&format!("groups/{path}/members"), member).await;
    }
    let acme = root.found_at("groups/acme").await.unwrap()["id"].clone();
    root.by_hand("projects", json!({ "name": "web", "namespace_id": acme }))
        .await;
    root.by_hand(
        "groups",
        json!({ "name": "team", "path": "team", "parent_id": acme }),
    )
    .await;
    let world = root.seen_by("dev-0001").await;

    assert_eq!(
        planned(
            &world,
            "transfer_project",
            json!({ "project": "acme/web", "namespace": "closed" })
        )
        .await,
        "conflict NOT_PERMITTED: nobody may bring projects into `closed` (project_creation_level)"
    );
    assert_eq!(
        planned(
            &world,
            "transfer_group",
            json!({ "group": "acme/team", "parent": "owners" })
        )
        .await,
        "conflict NOT_PERMITTED: you are maintainer in `owners`; to move something into it takes owner"
    );
}

#[tokio::test]
async fn a_group_is_not_made_more_open_than_the_one_it_is_to_be_in() {
    let world = World::new().await;
    let acme = world
        .by_hand(
            "groups",
            json!({ "name": "Acme", "path": "acme", "visibility": "private" }),
        )
        .await;
    let team = json!({ "name": "Team", "path": "team", "parent": "acme", "visibility": "public" });
    assert_eq!(
        planned(&world, "create_group", team).await,
        "conflict VISIBILITY_ABOVE_PARENT: visibility public is not possible: `acme` is private; use private or a more \
         closed one"
    );
    let by_hand = json!({ "name": "Team", "path": "team", "parent_id": acme, "visibility": "public" });
    assert_eq!(answered(&world, "groups", by_hand).await, Some(400));
}

#[tokio::test]
async fn a_member_above_ones_own_level_is_left_to_an_owner() {
    let root = World::new().await;
    let acme = root
        .by_hand("groups", json!({ "name": "Acme", "path": "acme" }))
        .await;
    root.by_hand("projects", json!({ "name": "web", "namespace_id": acme }))
        .await;
    for (username, level) in [("dev-0001", 40), ("dev-0002", 50)] {
        let member = json!({ "username": username, "access_level": level });
        root.by_hand("projects/acme%2Fweb/members", member).await;
    }
    let world = root.seen_by("dev-0001").await;
    let said = "conflict INSUFFICIENT_ACCESS: the member is owner in `acme/web`, which is above your own level there; ask \
                an owner";
    for (operation, params) in [
        (
            "remove_member",
            json!({ "username": "dev-0002", "project": "acme/web" }),
        ),
        (
            "update_member",
            json!({ "username": "dev-0002", "project": "acme/web", "access_level": "developer" }),
        ),
    ] {
        assert_eq!(planned(&world, operation, params).await, said, "{operation}");
    }
}

#[tokio::test]
async fn what_is_made_in_the_same_job_is_neither_copied_nor_deleted() {
    let world = World::new().await;
    world
        .by_hand("groups", json!({ "name": "Acme", "path": "acme" }))
        .await;
    let job = world
        .run_mixed(&[
            ("create_project", json!({ "name": "web", "group": "acme" })),
            ("clone_project", json!({ "project": "acme/web", "path": "copy" })),
        ])
        .await;
    let items = world.items(job.id).await;
    assert_eq!(items[1].error.as_ref().unwrap().code, "MADE_HERE");
    assert_eq!(
        sentence(&items[1]),
        "what is to be copied is made by an earlier item of the same job; copy it afterwards"
    );
    let job = world
        .run_mixed(&[
            ("create_project", json!({ "name": "api", "group": "acme" })),
            ("delete_project", json!({ "project": "acme/api" })),
        ])
        .await;
    let items = world.items(job.id).await;
    assert_eq!(items[1].error.as_ref().unwrap().code, "MADE_HERE");
    assert_eq!(
        sentence(&items[1]),
        "an earlier item of the same job makes it; leave both out"
    );
}

#[tokio::test]
async fn nothing_is_made_before_itself_and_a_project_is_no_group() {
    let world = World::new().await;
    let acme = world
        .by_hand("groups", json!({ "name": "Acme", "path": "acme" }))
        .await;
    assert_eq!(
        planned(
            &world,
            "fork_project",
            json!({ "project": "acme/web", "namespace": "acme" })
        )
        .await,
        "conflict CYCLE: `acme/web` would have to be made before itself"
    );
    world
        .by_hand("projects", json!({ "name": "web", "namespace_id": acme }))
        .await;
    assert_eq!(
        planned(
            &world,
            "create_project",
            json!({ "name": "api", "group": "acme/web" })
        )
        .await,
        "conflict WRONG_KIND: `acme/web` is a project, not a group"
    );
}
