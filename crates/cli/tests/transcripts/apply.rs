use insta::assert_snapshot;

use crate::office::Office;

const FILES: [&str; 3] = ["members.csv", "projects.csv", "groups.csv"];

#[test]
fn applying_files_makes_the_estate_whatever_their_order() {
    let office = Office::with_files();
    let ran = office.run(&["apply", "--yes", "members.csv", "projects.csv", "groups.csv"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_snapshot!(office.tidy(&ran.stdout), @"Job <job> completed, 6 items in <time>: 6 succeeded, 0 skipped, 0 failed, 0 unconfirmed");
    assert_snapshot!(office.tidy(&ran.stderr), @r#"
    Job <job> of 6 items for root
    Comparing 6 items with <gitlab> …
    Plan for root on <gitlab>: 6 to create

    + add_member acme/web#dev-0001  (members.csv, row 1)
        access_level: "developer"
    + create_project acme/web/site  (projects.csv, row 1)
        name: "Site"
        visibility: "public"
    + create_project acme/ops/tools  (projects.csv, row 2)
        name: "Tools"
        visibility: "private"
    + create_group acme  (groups.csv, row 1)
        name: "Acme"
        visibility: "public"
    + create_group acme/web  (groups.csv, row 2)
        name: "Web"
        visibility: "public"
      … and 1 more: gitlab-bulk jobs items <job> --action create
    "#);
    assert_snapshot!(office.estate(), @r"
    group   acme
    group   acme/ops
    group   acme/web
    project acme/ops/tools
    project acme/web/site
    member  acme/web dev-0001
    ");
}

#[test]
fn applying_again_changes_nothing_and_says_so() {
    let office = Office::with_files();
    let files: Vec<&str> = ["apply", "--yes"].into_iter().chain(FILES).collect();
    assert_eq!(office.run(&files).code, Some(0));
    let writes = office.writes();

    let again = office.run(&files);
    assert_eq!(again.code, Some(0));
    assert_eq!(office.writes(), writes, "nothing was sent");
    assert_eq!(office.gitlab.stats().writes.rejected_as_duplicate, 0);
    assert_snapshot!(office.tidy(&again.stdout), @r"
    Job <job> completed, 6 items in <time>: 0 succeeded, 6 skipped, 0 failed, 0 unconfirmed
    Nothing was changed: everything is there already.
    ");
}

#[test]
fn without_a_terminal_a_plan_is_not_run_unless_told_to() {
    let office = Office::with_files();
    let ran = office.run(&["apply", "groups.csv"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(office.writes(), 0);
    let job = ran.job();
    assert!(
        ran.stderr
            .contains("nobody is there to agree to this plan, so nothing was sent"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains(&format!(
        "give --yes to run it without asking, or go on later: gitlab-bulk jobs start {job}"
    )));

    assert_eq!(office.run(&["jobs", "start", &job]).code, Some(0));
    assert_eq!(office.gitlab.group("acme/web").unwrap().name, "Web");
}

#[test]
fn what_fails_is_grouped_by_code_and_the_exit_code_says_so() {
    let office = Office::with_files();
    office.file(
        "members.csv",
        "username,group,access_level\nnobody-1,acme/web,developer\nnobody-2,acme/web,developer\ndev-0001,acme/ops,guest\n",
    );
    let ran = office.run(&["apply", "--yes", "groups.csv", "members.csv"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let said = office.tidy(&ran.stdout);
    assert!(
        said.starts_with(
            "Job <job> completed, 6 items in <time>: 4 succeeded, 0 skipped, 2 failed, 0 unconfirmed\n"
        ),
        "{said}"
    );
    assert!(
        said.contains("acme/web#nobody-1 (members.csv, row 1): "),
        "{said}"
    );
    assert!(
        said.contains("All of them: gitlab-bulk jobs items <job> --status failed\n"),
        "{said}"
    );
    assert!(
        said.contains("Once mended:  gitlab-bulk jobs retry <job>\n"),
        "{said}"
    );
}

#[test]
fn updating_brings_what_exists_to_the_values_of_the_file() {
    let office = Office::with_files();
    assert_eq!(office.run(&["apply", "--yes", "groups.csv"]).code, Some(0));
    office.file(
        "groups.csv",
        "name,path,parent,description\nAcme,acme,,Made of anvils\n",
    );

    let left_alone = office.run(&["apply", "--yes", "groups.csv"]);
    assert_eq!(left_alone.code, Some(0));
    assert_eq!(office.gitlab.group("acme").unwrap().description, "");
    assert!(
        left_alone
            .stderr
            .contains("1 skipped (there already, with other values)"),
        "{}",
        left_alone.stderr
    );

    let updated = office.run(&["apply", "--yes", "--update-existing", "groups.csv"]);
    assert_eq!(updated.code, Some(0));
    assert!(
        updated.stderr.contains("description: \"\" → \"Made of anvils\""),
        "{}",
        updated.stderr
    );
    assert_eq!(office.gitlab.group("acme").unwrap().description, "Made of anvils");
}

#[test]
fn json_output_is_the_job_as_the_api_shows_it() {
    let office = Office::with_files();
    let ran = office.run(&["apply", "--yes", "--output", "json", "groups.csv"]);
    assert_eq!(ran.code, Some(0));
    let job = ran.json();
    assert_eq!(job["status"], "completed");
    assert_eq!(job["type"], "bulk_create_groups");
    assert_eq!(job["successCount"], 3);
    assert_eq!(job["user"]["username"], "root");
}

#[test]
fn a_token_that_gitlab_does_not_know_is_not_permitted() {
    let office = Office::with_files();
    let ran = office.run_with(
        &[("GITLAB_TOKEN", "glpat-unknown-to-all")],
        &["apply", "--yes", "groups.csv"],
    );
    assert_eq!(ran.code, Some(4));
    assert!(
        ran.stderr
            .contains("GITLAB_TOKEN is unknown to GitLab, expired or revoked"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("glpat-unknown-to-all"));

    let ran = office.run_with(&[("GITLAB_TOKEN", "")], &["apply", "--yes", "groups.csv"]);
    assert_eq!(ran.code, Some(4));
    assert!(ran.stderr.contains("GITLAB_TOKEN is not set"), "{}", ran.stderr);
}

#[test]
fn a_token_that_may_only_read_can_plan_but_sends_nothing() {
    let office = Office::with_files();
    let token = office.token_with(&["read_api"]);
    let narrow = [("GITLAB_TOKEN", token.as_str())];
    let before = office.writes();
    // The plan is made, and says of each item that this token cannot do it.
    let planned = office.run_with(&narrow, &["plan", "groups.csv"]);
    assert_eq!(planned.code, Some(1), "{}", planned.stderr);
    let ran = office.run_with(&narrow, &["apply", "--yes", "groups.csv"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("GITLAB_TOKEN has the scope read_api and cannot change anything"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains(&token));
    assert_eq!(office.writes(), before);
}

#[test]
fn a_gitlab_that_is_not_there_is_unreachable() {
    let office = Office::with_files();
    // Nothing listens on this port, which is kept for that purpose.
    let ran = office.run_with(
        &[
            ("GITLAB_URL", "http://127.0.0.1:9"),
            ("GITLAB_API_MAX_RETRIES", "0"),
        ],
        &["apply", "--yes", "--output", "json", "groups.csv"],
    );
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(ran.json()["error"]["code"], "GITLAB_UNREACHABLE");
}
