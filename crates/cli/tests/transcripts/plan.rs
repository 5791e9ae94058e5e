use insta::assert_snapshot;

use crate::office::Office;

#[test]
fn a_plan_changes_nothing_and_can_be_started_as_it_was_shown() {
    let office = Office::with_files();
    let ran = office.run(&["plan", "--detailed-exitcode", "groups.csv", "projects.csv"]);
    assert_eq!(ran.code, Some(10), "{}", ran.stderr);
    assert_eq!(office.writes(), 0);
    assert_snapshot!(office.tidy(&ran.stdout), @r#"
    Plan for root on <gitlab>: 5 to create

    + create_group acme  (groups.csv, row 1)
        name: "Acme"
        visibility: "public"
    + create_group acme/web  (groups.csv, row 2)
        name: "Web"
        visibility: "public"
    + create_group acme/ops  (groups.csv, row 3)
        name: "Ops"
        visibility: "private"
    + create_project acme/web/site  (projects.csv, row 1)
        name: "Site"
        visibility: "public"
    + create_project acme/ops/tools  (projects.csv, row 2)
        name: "Tools"
        visibility: "private"
    "#);

    assert_eq!(office.run(&["jobs", "start", &ran.job()]).code, Some(0));
    assert_eq!(office.gitlab.estate().projects.len(), 2);
}

#[test]
fn a_plan_of_what_is_there_already_says_that_nothing_would_change() {
    let office = Office::with_files();
    assert_eq!(office.run(&["apply", "--yes", "groups.csv"]).code, Some(0));
    let ran = office.run(&["plan", "--detailed-exitcode", "groups.csv"]);
    assert_eq!(ran.code, Some(0));
    assert_snapshot!(office.tidy(&ran.stdout), @r"
    Plan for root on <gitlab>: 3 unchanged
    Nothing would change.
    ");
}

#[test]
fn a_conflict_is_shown_first_and_fails_the_plan() {
    let office = Office::with_files();
    let ran = office.run(&["plan", "projects.csv"]);
    assert_eq!(ran.code, Some(1));
    assert_snapshot!(office.tidy(&ran.stdout), @r"
    Plan for root on <gitlab>: 2 in conflict

    ! create_project acme/web/site  (projects.csv, row 1)
        PARENT_NOT_FOUND: group `acme/web` does not exist or you may not see it, and no item of this job makes it
    ! create_project acme/ops/tools  (projects.csv, row 2)
        PARENT_NOT_FOUND: group `acme/ops` does not exist or you may not see it, and no item of this job makes it
    Nothing would change.
    ");
}

#[test]
fn a_plan_as_json_is_the_job_with_all_its_items() {
    let office = Office::with_files();
    let plan = office.run(&["plan", "--output", "json", "groups.csv"]).json();
    assert_eq!(plan["status"], "planned");
    assert_eq!(plan["items"].as_array().unwrap().len(), 3);
    assert_eq!(plan["items"][1]["action"], "create");
    assert_eq!(plan["items"][1]["target"], "acme/web");
    assert_eq!(plan["items"][1]["source"]["row"], 2);

    let lines = office.run(&["plan", "--output", "ndjson", "groups.csv"]).stdout;
    assert_eq!(lines.lines().count(), 3);
    let table = office.run(&["plan", "--output", "csv", "groups.csv"]).stdout;
    assert_eq!(
        table.lines().next(),
        Some("index,operation,action,target,file,row,status,attempts,code,error,lookAt,id,fullPath,webUrl")
    );
    assert_eq!(
        table.lines().nth(2),
        Some("1,create_group,create,acme/web,groups.csv,2,pending,0,,,,,,")
    );
}

#[test]
fn columns_can_be_mapped_and_the_type_be_told() {
    let office = Office::with_files();
    office.file("people.csv", "Login,Role,Where\ndev-0001,developer,acme\n");
    let ran = office.run(&[
        "plan",
        "--type",
        "members",
        "--map",
        "Login=username",
        "--map",
        "Where=group",
        "--output",
        "json",
        "people.csv",
    ]);
    // The group is not there: the row was understood and stands in conflict.
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(ran.json()["items"][0]["target"], "acme#dev-0001");
}
