use domain::{Action, JobOptions, JobStatus};
use insta::assert_snapshot;

use crate::world::World;

const GROUPS: (&str, &str) = ("groups.csv", "name,path,parent,visibility\nAcme,acme,,public\n");

fn updating() -> JobOptions {
    JobOptions {
        update_existing: true,
        ..JobOptions::default()
    }
}

#[tokio::test]
async fn update_existing_sends_only_the_fields_that_differ() {
    let world = World::new().await;
    world
        .apply(
            &[
                GROUPS,
                (
                    "projects.csv",
                    "name,group,description,visibility\nweb,acme,old,public\n",
                ),
                (
                    "members.csv",
                    "username,group,access_level\ndev-0001,acme,developer\n",
                ),
            ],
            JobOptions::default(),
        )
        .await;

    let job = world
        .apply(
            &[
                GROUPS,
                (
                    "projects.csv",
                    "name,group,description,visibility\nweb,acme,new,public\n",
                ),
                (
                    "members.csv",
                    "username,group,access_level\ndev-0001,acme,maintainer\n",
                ),
            ],
            updating(),
        )
        .await;

    assert_eq!(job.status, JobStatus::Completed);
    assert_snapshot!(world.ledger(job.id).await, @r"
    create_group acme unchanged skipped attempts=0
    create_project acme/web update succeeded attempts=1
    add_member acme#dev-0001 update succeeded attempts=1
    ");
    let items = world.items(job.id).await;
    let changes: Vec<String> = items
        .iter()
        .flat_map(|item| &item.changes)
        .map(|change| format!("{}: {} → {}", change.field, change.from, change.to))
        .collect();
    assert_snapshot!(changes.join("\n"), @r#"
    description: "old" → "new"
    access_level: "developer" → "maintainer"
    "#);
}

#[tokio::test]
async fn without_skip_or_update_what_exists_differently_is_a_conflict_and_nothing_is_sent() {
    let world = World::new().await;
    world.apply(&[GROUPS], JobOptions::default()).await;
    let strict = JobOptions {
        skip_existing: false,
        ..JobOptions::default()
    };

    let job = world
        .apply(
            &[(
                "groups.csv",
                "name,path,parent,visibility\nAcme Inc,acme,,public\n",
            )],
            strict,
        )
        .await;

    let items = world.items(job.id).await;
    assert_eq!(items[0].action, Some(Action::Conflict));
    assert_eq!(
        items[0].error.as_ref().unwrap().message,
        "`acme` exists already with another name; set skipExisting or updateExisting"
    );
    assert_eq!(world.sim.stats().writes.applied, 1);
}

#[tokio::test]
async fn a_project_cannot_take_the_path_of_a_group() {
    let world = World::new().await;
    world
        .apply(
            &[("groups.csv", "name,path,parent\nAcme,acme,\nWeb,web,acme\n")],
            JobOptions::default(),
        )
        .await;

    let job = world
        .apply(
            &[("projects.csv", "name,group\nWeb,acme\n")],
            JobOptions::default(),
        )
        .await;

    let items = world.items(job.id).await;
    assert_eq!(
        items[0].error.as_ref().unwrap().message,
        "`acme/Web` is a group already; give another path"
    );
}
