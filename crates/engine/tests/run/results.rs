//! What became of a job as a file, and back again.

use domain::{ItemStatus, JobOptions};
use engine::results::{Format, Results};
use gitlab_sim::Fault;
use insta::assert_snapshot;
use serde_json::Value;

use crate::world::World;

async fn file(world: &World, job: domain::JobId, statuses: &[ItemStatus], format: Format) -> String {
    let mut results = Results::new(world.engine.clone(), job, statuses.to_vec(), format);
    let mut text = String::new();
    while let Some(piece) = results.next().await.unwrap() {
        text.push_str(&piece);
    }
    text
}

const PROJECTS: &str = "Name,path,group_path,description,topics,wiki_enabled\n\
    Web,web,acme,=SUM(A1),\"rust,billing\",no\n\
    Api,api,acme,\"second, with a comma\",,yes\n\
    Ops,ops,acme,'=kept,one,\n";

#[tokio::test]
async fn failed_rows_come_back_as_they_were_given_and_are_imported_again() {
    let world = World::new().await;
    world
        .apply(
            &[("groups.csv", "name,path,parent\nAcme,acme,\n")],
            JobOptions::default(),
        )
        .await;
    world.sim.fault(Fault::post("/api/v4/projects").status(403));
    let job = world
        .apply(&[("projects.csv", PROJECTS)], JobOptions::default())
        .await;
    assert_eq!(job.failure_count, 3);
    world.sim.clear_faults();

    let table = file(&world, job.id, &[ItemStatus::Failed], Format::Csv).await;
    assert_snapshot!(table, @r#"
    name,path,group,description,topics,wiki_access_level,error
    Web,web,acme,'=SUM(A1),"rust,billing",disabled,GitLab: 403 Forbidden (the token's user may not do this there)
    Api,api,acme,"second, with a comma",,enabled,GitLab: 403 Forbidden (the token's user may not do this there)
    Ops,ops,acme,'=kept,one,,GitLab: 403 Forbidden (the token's user may not do this there)
    "#);

    let again = world
        .apply(&[("projects.csv", &table)], JobOptions::default())
        .await;
    assert_eq!(again.success_count, 3, "{}", world.ledger(again.id).await);
    let web = world.found_at("projects/acme%2Fweb").await.unwrap();
    assert_eq!(web["description"], "=SUM(A1)");
    assert_eq!(web["wiki_access_level"], "disabled");
    let ops = world.found_at("projects/acme%2Fops").await.unwrap();
    assert_eq!(ops["description"], "=kept");
}

#[tokio::test]
async fn every_format_says_the_same() {
    let world = World::new().await;
    let job = world
        .apply(
            &[("groups.csv", "name,path,parent\nAcme,acme,\nLost,lost,nowhere\n")],
            JobOptions::default(),
        )
        .await;
    let list: Value = serde_json::from_str(&file(&world, job.id, &[], Format::Json).await).unwrap();
    let lines = file(&world, job.id, &[], Format::Ndjson).await;
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(list, Value::Array(lines));
    assert_eq!(list[0]["group"]["fullPath"], "acme");
    assert_eq!(list[1]["error"]["code"], "PARENT_NOT_FOUND");
    let table = file(&world, job.id, &[], Format::Csv).await;
    assert_eq!(table.lines().next(), Some("name,path,parent,status,error"));
    let none = file(&world, job.id, &[ItemStatus::Unconfirmed], Format::Json).await;
    assert_eq!(none, "[]\n");
}
