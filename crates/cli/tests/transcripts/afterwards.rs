//! After a job: undone, verified, its failed rows mended.

use insta::assert_snapshot;

use crate::office::Office;

const BRANCHES: &str =
    "project,name,push_access_level\nacme/web/site,main,no_one\nacme/ops/tools,dev,developer\n";

/// An office whose groups and projects are there, and a job that protected two branches.
fn office_with_protections() -> (Office, String) {
    let office = Office::with_files();
    let made = office.run(&["apply", "--yes", "groups.csv", "projects.csv"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    office.file("branches.csv", BRANCHES);
    let ran = office.run(&["apply", "--yes", "--type", "protect_branch", "branches.csv"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let job = ran.job();
    (office, job)
}

#[test]
fn an_undoing_is_shown_asked_for_and_done() {
    let (office, job) = office_with_protections();
    let planned = office.run(&["jobs", "undo", &job, "--plan"]);
    assert_eq!(planned.code, Some(0), "{}", planned.stderr);
    assert_snapshot!(office.tidy(&planned.stdout), @r#"
    Plan for root on <gitlab>: 2 to delete

    - unprotect_branch acme/ops/tools#dev  (branches.csv, row 2)
        push_access_levels: "developer" → none
        merge_access_levels: "maintainer" → none
    - unprotect_branch acme/web/site#main  (branches.csv, row 1)
        push_access_levels: "no_one" → none
        merge_access_levels: "maintainer" → none
    "#);

    let unasked = office.run(&["jobs", "undo", &job, "--yes"]);
    assert_eq!(unasked.code, Some(2));
    assert!(
        unasked.stderr.contains("unprotect 2 branches"),
        "{}",
        unasked.stderr
    );

    let undone = office.run(&[
        "jobs",
        "undo",
        &job,
        "--confirm",
        "unprotect 2 branches",
        "--output",
        "json",
    ]);
    assert_eq!(undone.code, Some(0), "{}", undone.stderr);
    assert_eq!(undone.json()["undoOf"], job);
    assert_eq!(undone.json()["successCount"], 2);
}

#[test]
fn verifying_ends_with_one_when_something_differs() {
    let (office, job) = office_with_protections();
    let same = office.run(&["jobs", "verify", &job]);
    assert_eq!(
        (same.code, same.stdout.as_str()),
        (Some(0), ""),
        "{}",
        same.stderr
    );
    assert!(
        same.stderr.contains("All 2 items are as the job left them."),
        "{}",
        same.stderr
    );

    office.file(
        "other.csv",
        "project,name,push_access_level\nacme/ops/tools,dev,maintainer\n",
    );
    office.run(&["apply", "--yes", "--type", "protect_branch", "other.csv"]);
    let differs = office.run(&["jobs", "verify", &job]);
    assert_eq!(differs.code, Some(1), "{}", differs.stderr);
    assert_snapshot!(office.tidy(&differs.stdout), @r#"
    1  succeeded    create     protect_branch  acme/ops/tools#dev  (branches.csv, row 2)
       push_access_levels: the job left "developer", GitLab has "maintainer"
    "#);
    let json = office.run(&["jobs", "verify", &job, "--output", "json"]).json();
    assert!(json["job"]["verifiedAt"].is_string());
    assert_eq!(json["items"][0]["differences"][0]["field"], "push_access_levels");
}

#[test]
fn failed_rows_are_mended_and_applied_again() {
    let office = Office::with_files();
    office.run(&["apply", "--yes", "groups.csv"]);
    office.file(
        "members.csv",
        "username,group,access_level\ndev-0001,acme/nowhere,guest\ndev-0002,acme,guest\n",
    );
    let job = office.run(&["apply", "--yes", "members.csv"]).job();
    let failed = office.run(&["jobs", "results", &job, "--status", "failed"]);
    assert_eq!(failed.code, Some(0), "{}", failed.stderr);
    assert_snapshot!(failed.stdout, @r#"
    username,group,access_level,error
    dev-0001,acme/nowhere,guest,"group `acme/nowhere` does not exist or you may not see it, and no item of this job makes it"
    "#);
    office.file("mended.csv", &failed.stdout.replace("acme/nowhere", "acme/web"));
    let ran = office.run(&["apply", "--yes", "mended.csv", "--output", "json"]);
    assert_eq!(
        (ran.code, &ran.json()["successCount"]),
        (Some(0), &1.into()),
        "{}",
        ran.stderr
    );
}

#[test]
fn only_an_unconfirmed_item_is_settled_by_a_person() {
    let (office, job) = office_with_protections();
    let ran = office.run(&["jobs", "resolve", &job, "0", "succeeded"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .contains("is succeeded; only an unconfirmed item is settled by a person"),
        "{}",
        ran.stderr
    );
    let wrong = office.run(&["jobs", "resolve", &job, "0", "perhaps"]);
    assert!(
        wrong.stderr.contains("give succeeded, failed or retry"),
        "{}",
        wrong.stderr
    );
}
