//! What became of a job as a file, and back again.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use domain::{ItemStatus, JobOptions};
use engine::import::InputFile;
use engine::results::{Format, Results, ResultsError, Selection};
use gitlab_sim::Fault;
use insta::assert_snapshot;
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::world::World;

async fn file(world: &World, job: domain::JobId, statuses: &[ItemStatus], format: Format) -> String {
    file_of(world, job, statuses, format, None).await
}

async fn file_of(
    world: &World,
    job: domain::JobId,
    statuses: &[ItemStatus],
    format: Format,
    file: Option<&str>,
) -> String {
    let selection = Selection {
        statuses: statuses.to_vec(),
        file: file.map(str::to_owned),
        format,
    };
    let mut results = Results::open(world.engine.clone(), job, selection).await.unwrap();
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
    Name,path,group_path,description,topics,wiki_enabled,error
    Web,web,acme,'=SUM(A1),"rust,billing",no,GitLab: 403 Forbidden (the token's user may not do this there)
    Api,api,acme,"second, with a comma",,yes,GitLab: 403 Forbidden (the token's user may not do this there)
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

#[tokio::test]
async fn a_table_of_failed_rows_has_the_columns_of_its_file_also_those_that_nobody_read() {
    let world = World::new().await;
    world
        .by_hand("/groups", serde_json::json!({"name": "Acme", "path": "acme"}))
        .await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups/*/members").status(403));
    let members = "Remark;Group Path;Login;Role;Expiry Date;deploy_token\n\
        \"starts; in May\";acme;dev-0001;Developer;2099-05-01;glpat-secret\n\
        ;acme;dev-0002;30;;\n\
        =1+1;acme;dev-0003;OWNER;;\n";
    let files = [("people.csv", members)];
    let mapping = [("Login", "username"), ("Role", "access_level")];
    let job = world.apply_mapped(&files, &mapping).await;
    assert_eq!(job.failure_count, 3, "{}", world.ledger(job.id).await);

    let table = file(&world, job.id, &[ItemStatus::Failed], Format::Csv).await;
    assert_snapshot!(table, @r#"
    Remark,Group Path,Login,Role,Expiry Date,deploy_token,error
    "starts; in May",acme,dev-0001,Developer,2099-05-01,,"GitLab: 403 Forbidden (the token's user may not do this there) (left out because it is secret, to be filled in again: deploy_token)"
    ,acme,dev-0002,30,,,GitLab: 403 Forbidden (the token's user may not do this there)
    '=1+1,acme,dev-0003,OWNER,,,GitLab: 403 Forbidden (the token's user may not do this there)
    "#);

    world.sim.clear_faults();
    let mended = table.replace("OWNER", "maintainer");
    let again = world.apply_mapped(&[("again.csv", &mended)], &mapping).await;
    assert_eq!(again.success_count, 3, "{}", world.ledger(again.id).await);
    let table = file(&world, again.id, &[], Format::Csv).await;
    let header = table.lines().next();
    assert_eq!(
        header,
        Some("Remark,Group Path,Login,Role,Expiry Date,deploy_token,status,error"),
        "the errors of last time are not told again"
    );
}

#[tokio::test]
async fn a_row_that_names_several_people_comes_back_with_those_that_failed() {
    let world = World::new().await;
    world
        .by_hand("/groups", serde_json::json!({"name": "Acme", "path": "acme"}))
        .await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups/*/members").nth(2).status(403));
    let job = world
        .apply(
            &[(
                "people.csv",
                "username,group,level\n\"dev-0001,dev-0002,dev-0003\",acme,Reporter\n",
            )],
            JobOptions {
                concurrency: Some(1),
                ..JobOptions::default()
            },
        )
        .await;
    assert_eq!(
        (job.success_count, job.failure_count),
        (2, 1),
        "{}",
        world.ledger(job.id).await
    );
    let table = file(&world, job.id, &[ItemStatus::Failed], Format::Csv).await;
    assert_snapshot!(table, @"
    username,group,level,error
    dev-0002,acme,Reporter,GitLab: 403 Forbidden (the token's user may not do this there)
    ");
}

#[tokio::test]
async fn what_is_secret_is_left_out_and_the_row_says_so() {
    let world = World::new().await;
    let variables = "KEY,value,project,masked\nAPI_KEY,glcanary-very-secret,no/where,no\n";
    let job = world
        .apply(&[("variables.csv", variables)], JobOptions::default())
        .await;
    let table = file(&world, job.id, &[ItemStatus::Failed], Format::Csv).await;
    assert_snapshot!(table, @r#"
    KEY,value,project,masked,error
    API_KEY,,no/where,no,"project `no/where` does not exist or you may not see it, and no item of this job makes it (left out because it is secret, to be filled in again: value)"
    "#);
}

#[tokio::test]
async fn rows_of_several_files_are_had_file_by_file_and_a_retry_remembers_them() {
    let world = World::new().await;
    world.sim.fault(Fault::post("/api/v4/groups").status(403));
    let files = [
        ("groups.csv", "Name,Path,Parent\nAcme,acme,\n"),
        ("projects.csv", "title|path|namespace\nWeb|web|acme\n"),
    ];
    let job = world.apply_mapped(&files, &[("title", "name")]).await;
    let failed = &[ItemStatus::Failed];
    let both = file(&world, job.id, failed, Format::Csv).await;
    assert_eq!(
        both.lines().next(),
        Some("Name,Path,Parent,title,path,namespace,error")
    );
    let projects = file_of(&world, job.id, failed, Format::Csv, Some("projects.csv")).await;
    assert_eq!(projects.lines().next(), Some("title,path,namespace,error"));
    assert!(
        projects.lines().nth(1).unwrap().starts_with("Web,web,acme,"),
        "{projects}"
    );
    assert_eq!(projects.lines().count(), 2);

    let retried = world
        .engine
        .retry(job.id, None, domain::Origin::Cli, &world.actor)
        .await
        .unwrap();
    world.work(retried.id).await;
    let again = file_of(&world, retried.id, failed, Format::Csv, Some("projects.csv")).await;
    assert_eq!(again, projects);

    let selection = Selection {
        statuses: Vec::new(),
        file: Some("people.csv".to_owned()),
        format: Format::Csv,
    };
    let refused = Results::open(world.engine.clone(), job.id, selection).await;
    let Err(ResultsError::NoInput(problem)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(problem.allowed.as_deref(), Some("groups.csv, projects.csv"));
}

#[tokio::test]
async fn rows_of_a_document_come_back_under_its_own_keys() {
    let world = World::new().await;
    let yaml = "groups:\n  - Path: acme\n    Name: Acme\n    parent_id: nowhere\n    visibility: Private\n    emailsDisabled: true\n";
    let job = world.apply(&[("groups.yaml", yaml)], JobOptions::default()).await;
    let table = file(&world, job.id, &[ItemStatus::Failed], Format::Csv).await;
    assert_snapshot!(table, @r#"
    Path,Name,parent_id,visibility,emailsDisabled,error
    acme,Acme,nowhere,Private,true,"group `nowhere` does not exist or you may not see it, and no item of this job makes it"
    "#);
}

/// A workbook of one sheet with these cells, all of them text.
fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    const OFFICE: &str = "http://schemas.openxmlformats.org";
    let mut sheet = format!("<worksheet xmlns=\"{OFFICE}/spreadsheetml/2006/main\"><sheetData>");
    for (number, cells) in (1..).zip(rows) {
        write!(sheet, "<row r=\"{number}\">").unwrap();
        for (letter, text) in ('A'..).zip(*cells) {
            write!(
                sheet,
                "<c r=\"{letter}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"
            )
            .unwrap();
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>");
    let link = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{OFFICE}/package/2006/relationships\"><Relationship Id=\"rId1\" \
             Type=\"{OFFICE}/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let book = format!(
        "<workbook xmlns=\"{OFFICE}/spreadsheetml/2006/main\" \
         xmlns:r=\"{OFFICE}/officeDocument/2006/relationships\"><sheets><sheet name=\"Projects\" sheetId=\"1\" \
         r:id=\"rId1\"/></sheets></workbook>"
    );
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in [
        ("_rels/.rels", link("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", book),
        (
            "xl/_rels/workbook.xml.rels",
            link("worksheet", "worksheets/sheet1.xml"),
        ),
        ("xl/worksheets/sheet1.xml", sheet),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(part.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test]
async fn failed_rows_of_a_workbook_come_back_as_a_table_and_are_imported_again() {
    let world = World::new().await;
    world
        .by_hand("/groups", serde_json::json!({"name": "Acme", "path": "acme"}))
        .await;
    let book = workbook(&[
        &["Project Name", "Remark", "Group Path", "Description"],
        &["Web", "first, of many", "acme", "=SUM(A1)"],
        &["Api", "", "acme", "second; last"],
    ]);
    world
        .sim
        .fault(Fault::post("/api/v4/projects").nth(1).status(403));
    let mapping = [("Project Name", "name")];
    let files = [InputFile::new("projects.xlsx", book)];
    let job = world.import_read(&files, &mapping, JobOptions::default()).await;
    let job = world.work(job.unwrap().id).await;
    assert_eq!(
        (job.success_count, job.failure_count),
        (1, 1),
        "{}",
        world.ledger(job.id).await
    );
    let failed = world
        .items(job.id)
        .await
        .into_iter()
        .find(|item| item.error.is_some())
        .unwrap();
    assert_eq!(failed.source.file.as_deref(), Some("projects.xlsx"));

    let table = file(&world, job.id, &[ItemStatus::Failed], Format::Csv).await;
    let mut lines = table.lines();
    assert_eq!(
        lines.next(),
        Some("Project Name,Remark,Group Path,Description,error")
    );
    let row = match failed.source.row {
        Some(1) => "Web,\"first, of many\",acme,'=SUM(A1),GitLab: ",
        _ => "Api,,acme,\"second; last\",GitLab: ",
    };
    let line = lines.next().unwrap();
    assert!(line.starts_with(row), "{line}");
    assert_eq!(lines.next(), None, "what succeeded is not done again");

    let files = [InputFile::new("failed.csv", table.as_bytes())];
    let again = world.import_read(&files, &mapping, JobOptions::default()).await;
    let again = world.work(again.unwrap().id).await;
    assert_eq!(
        (again.total, again.success_count),
        (1, 1),
        "{}",
        world.ledger(again.id).await
    );
    assert_eq!(
        world.found_at("projects/acme%2Fweb").await.unwrap()["description"],
        "=SUM(A1)"
    );
    assert_eq!(
        world.found_at("projects/acme%2Fapi").await.unwrap()["description"],
        "second; last"
    );
}

#[tokio::test]
async fn outlines_and_lists_of_settings_are_done_and_what_failed_of_them_is_imported_again() {
    let world = World::new().await;
    let outline =
        "Acme|acme|internal\n  Platform|platform||Who keeps it running\n    Tools|tools\n  Sites|sites\n";
    world.sim.fault(Fault::post("/api/v4/groups").nth(2).status(403));
    let job = world.apply(&[("acme.txt", outline)], JobOptions::default()).await;
    assert_snapshot!(world.ledger(job.id).await, @r"
    create_group acme create succeeded attempts=1
    create_group acme/platform create failed attempts=1 GITLAB_FORBIDDEN
    create_group acme/platform/tools create failed attempts=0 DEPENDENCY_FAILED
    create_group acme/sites create succeeded attempts=1
    ");
    world.sim.clear_faults();
    let failed = file(
        &world,
        job.id,
        &[ItemStatus::Failed, ItemStatus::Skipped],
        Format::Csv,
    )
    .await;
    assert_snapshot!(failed, @r#"
    name,path,visibility,description,parent,status,error
    Platform,platform,,Who keeps it running,acme,failed,GitLab: 403 Forbidden (the token's user may not do this there)
    Tools,tools,,,acme/platform,failed,"needs `acme/platform` (item 1), which is failed"
    "#);
    let again = world
        .apply(&[("failed.csv", &failed)], JobOptions::default())
        .await;
    assert_eq!(again.failure_count, 0, "{}", world.ledger(again.id).await);
    let tools = world.seen("groups/acme%2Fplatform%2Ftools").await;
    assert_eq!(tools["visibility"], "private");

    let settings = "target_type|target_path|setting_type|setting_value\n\
        group|acme/sites|description|What people see\n\
        group|acme/platform|lfs_enabled|no\n\
        group|acme/nowhere|visibility|private\n";
    world.sim.fault(Fault::put("/api/v4/groups/*").nth(1).status(403));
    let job = world
        .apply(&[("settings.psv", settings)], JobOptions::default())
        .await;
    assert_snapshot!(world.ledger(job.id).await, @r"
    update_group acme/sites update failed attempts=1 GITLAB_FORBIDDEN
    update_group acme/platform update succeeded attempts=1
    update_group acme/nowhere conflict failed attempts=0 PARENT_NOT_FOUND
    ");
    world.sim.clear_faults();
    let failed = file(&world, job.id, &[ItemStatus::Failed], Format::Csv).await;
    assert_snapshot!(failed, @r#"
    target_type,target_path,setting_type,setting_value,error
    group,acme/sites,description,What people see,GitLab: 403 Forbidden (the token's user may not do this there)
    group,acme/nowhere,visibility,private,"group `acme/nowhere` does not exist or you may not see it, and no item of this job makes it"
    "#);
    let again = world
        .apply(&[("failed.csv", &failed)], JobOptions::default())
        .await;
    assert_eq!((again.success_count, again.failure_count), (1, 1));
    let sites = world.seen("groups/acme%2Fsites").await;
    assert_eq!(sites["description"], "What people see");
    let platform = world.seen("groups/acme%2Fplatform").await;
    assert_eq!(platform["lfs_enabled"], false);
}
