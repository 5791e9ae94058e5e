//! After a job: undone, verified, its failed rows mended.

use insta::assert_snapshot;
use serde_json::json;

use crate::office::{Office, Ran};

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

/// An office in which one of two projects was deleted; the other one was not there then, and is now.
pub(crate) fn office_with_half_a_deletion() -> (Office, String) {
    let office = Office::with_files();
    let job = half_a_deletion(&office, |typed| office.run(typed));
    (office, job)
}

/// The same, done by whoever types here. Returns the job.
pub(crate) fn half_a_deletion(office: &Office, run: impl Fn(&[&str]) -> Ran) -> String {
    let made = run(&["apply", "--yes", "groups.csv", "projects.csv"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    office.file("old.csv", "project\nacme/web/site\nacme/web/late\n");
    let deletion = [
        "apply",
        "--type",
        "delete_project",
        "--confirm",
        "acme/web/site",
        "old.csv",
    ];
    let ran = run(&deletion);
    assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
    let namespace = office.gitlab.group_id("acme/web").unwrap().0;
    let late = json!({ "name": "Late", "path": "late", "namespace_id": namespace });
    office.by_hand("POST", "projects", &late);
    ran.job()
}

/// Whether the other one is deleted by now.
pub(crate) fn is_marked(office: &Office) -> bool {
    let late = office.gitlab.project("acme/web/late");
    late.is_none_or(|project| project.marked_for_deletion)
}

#[test]
fn a_retry_removes_nothing_that_was_not_agreed_to() {
    let (office, job) = office_with_half_a_deletion();
    let retry = |more: &[&str]| -> Ran { office.run(&[&["jobs", "retry", &job], more].concat()) };

    let unasked = retry(&[]);

    assert_eq!((unasked.code, unasked.stdout.as_str()), (Some(2), ""));
    assert_snapshot!(office.tidy(&unasked.stderr), @r#"
    Job <job> of 1 item for root
    Comparing 1 item with <gitlab> …
    Plan for root on <gitlab>: 1 to delete

    - delete_project acme/web/late  (old.csv, row 2)
        full_path: "acme/web/late" → none
    error: nobody is there to agree to this plan, so nothing was sent
           give --confirm 'acme/web/late', or go on later: gitlab-bulk jobs start <job>
    "#);
    let yes = retry(&["--yes"]);
    assert_eq!(yes.code, Some(2));
    assert!(
        yes.stderr.contains("give --confirm 'acme/web/late'"),
        "{}",
        yes.stderr
    );
    let other = retry(&["--confirm", "acme/web/site"]);
    assert_eq!(other.code, Some(2));
    assert!(
        other
            .stderr
            .contains("--confirm has to be exactly: acme/web/late"),
        "{}",
        other.stderr
    );
    assert!(!is_marked(&office));

    let agreed = retry(&["--confirm", "acme/web/late", "--output", "json"]);

    assert_eq!(agreed.code, Some(0), "{}", agreed.stderr);
    assert_eq!(agreed.json()["retryOf"], job);
    assert_eq!(agreed.json()["successCount"], 1);
    assert!(is_marked(&office));
}

#[test]
fn a_retry_that_was_kept_is_agreed_to_later() {
    let (office, job) = office_with_half_a_deletion();
    let kept = office.run(&["jobs", "retry", &job]).job();
    let started = office.run(&["jobs", "start", &kept, "--confirm", "acme/web/late"]);
    assert_eq!(started.code, Some(0), "{}", started.stderr);
    assert!(is_marked(&office));
}

#[test]
fn what_has_changed_since_it_was_agreed_to_is_run_again_after_a_yes() {
    let office = Office::with_files();
    assert_eq!(office.run(&["apply", "--yes", "groups.csv"]).code, Some(0));
    office.file(
        "members.csv",
        "username,group,access_level\ndev-0001,acme,guest\ndev-0002,acme,guest\n",
    );
    assert_eq!(office.run(&["apply", "--yes", "members.csv"]).code, Some(0));
    office.file("leavers.csv", "username,group\ndev-0001,acme\ndev-0002,acme\n");
    let canary = [
        "apply",
        "--yes",
        "--type",
        "remove_member",
        "--canary",
        "1",
        "leavers.csv",
    ];
    let job = office.run(&canary).job();
    let staff = || -> Vec<String> {
        let members = office.gitlab.members("acme").into_iter();
        let names = members.map(|member| member.username);
        names.filter(|name| name != "root").collect()
    };
    let left = staff();
    assert_eq!(left.len(), 1, "{left:?}");
    // Promoted before the others are looked at.
    let user = left[0].trim_start_matches("dev-").parse::<u64>().unwrap() + 1;
    let promoted = json!({ "access_level": 40 });
    office.by_hand("PUT", &format!("groups/acme/members/{user}"), &promoted);
    let resumed = office.run(&["jobs", "resume", &job]);
    assert_eq!(resumed.code, Some(1), "{}", resumed.stderr);

    let unasked = office.run(&["jobs", "retry", &job]);

    assert_eq!(unasked.code, Some(2));
    assert!(
        unasked
            .stderr
            .contains("nobody is there to agree to this plan, so nothing was sent"),
        "{}",
        unasked.stderr
    );
    assert!(unasked.stderr.contains("give --yes"), "{}", unasked.stderr);
    assert_eq!(staff(), left);
    let agreed = office.run(&["jobs", "retry", &job, "--yes"]);
    assert_eq!(agreed.code, Some(0), "{}", agreed.stderr);
    assert!(staff().is_empty());
}
