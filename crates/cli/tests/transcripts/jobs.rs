use insta::assert_snapshot;

use crate::office::Office;

#[test]
fn jobs_are_listed_newest_first_with_a_cursor() {
    let office = Office::with_files();
    let first = office.run(&["plan", "groups.csv"]).job();
    let second = office.run(&["apply", "--yes", "groups.csv"]).job();
    let page = office
        .run(&["jobs", "list", "--limit", "1", "--output", "json"])
        .json();
    assert_eq!(page["jobs"][0]["id"], second);
    assert_eq!(page["jobs"][0]["status"], "completed");
    let cursor = page["nextCursor"].as_str().unwrap();
    let rest = office
        .run(&["jobs", "list", "--cursor", cursor, "--output", "json"])
        .json();
    assert_eq!(rest["jobs"][0]["id"], first);
    assert!(rest["nextCursor"].is_null());
    let planned = office
        .run(&["jobs", "list", "--status", "planned", "--output", "ndjson"])
        .stdout;
    assert_eq!(planned.lines().count(), 1);
    assert!(planned.contains(&first));
}

#[test]
fn items_are_filtered_and_paged() {
    let office = Office::with_files();
    let job = office.run(&["apply", "--yes", "groups.csv"]).job();
    let all = office.run(&["jobs", "items", &job, "--output", "json"]).json();
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    assert!(all["nextCursor"].is_null());
    let one = office
        .run(&[
            "jobs", "items", &job, "--limit", "1", "--q", "acme/", "--output", "json",
        ])
        .json();
    assert_eq!(one["items"][0]["result"]["fullPath"], "acme/web");
    assert_eq!(one["nextCursor"], "1");
    let text = office.run(&["jobs", "items", &job, "--cursor", "1"]).stdout;
    assert_snapshot!(office.tidy(&text).trim(), @"2  succeeded    create     create_group    acme/ops  (groups.csv, row 3)");
}

#[test]
fn nobody_sees_or_touches_the_job_of_another() {
    let office = Office::with_files();
    let job = office.run(&["plan", "groups.csv"]).job();
    let other = office.gitlab.token_of("dev-0001");
    let as_other = [("GITLAB_TOKEN", other.as_str())];
    for verb in [
        "show", "items", "results", "pause", "cancel", "start", "resume", "retry", "watch", "undo", "verify",
        "resolve",
    ] {
        let item: &[&str] = if verb == "resolve" { &["0", "failed"] } else { &[] };
        let ran = office.run_with(&as_other, &[&["jobs", verb, &job], item].concat());
        assert_eq!(ran.code, Some(2), "{verb}");
        assert!(
            ran.stderr.contains(&format!("job {job} does not exist")),
            "{verb}: {}",
            ran.stderr
        );
    }
    assert_eq!(office.run_with(&as_other, &["jobs", "list"]).stdout, "No jobs.\n");
}

#[test]
fn retry_runs_the_failed_items_only() {
    let office = Office::with_files();
    assert_eq!(office.run(&["apply", "--yes", "groups.csv"]).code, Some(0));
    office.file(
        "members.csv",
        "username,group,access_level\nnobody,acme,guest\ndev-0001,acme,guest\n",
    );
    let job = office.run(&["apply", "--yes", "members.csv"]).job();
    let ran = office.run(&["jobs", "retry", &job, "--output", "json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let retried = ran.json();
    assert_eq!(retried["retryOf"], job);
    assert_eq!(retried["total"], 1);

    let none = office.run(&["jobs", "retry", &job, "--code", "NO_SUCH_CODE"]);
    assert_eq!(none.code, Some(2));
    assert!(
        none.stderr.contains("has no failed items to retry"),
        "{}",
        none.stderr
    );
}

#[test]
fn the_owner_of_the_database_may_look_and_stop_while_gitlab_is_away() {
    let office = Office::with_files();
    let job = office.run(&["plan", "groups.csv"]).job();
    let away = [
        ("GITLAB_URL", "http://127.0.0.1:9"),
        ("GITLAB_API_MAX_RETRIES", "0"),
    ];
    let shown = office.run_with(&away, &["jobs", "show", &job, "--output", "json"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    assert!(
        shown.stderr.contains("going on as the owner of this database"),
        "{}",
        shown.stderr
    );
    let cancelled = office.run_with(&away, &["jobs", "cancel", &job, "--output", "json"]);
    assert_eq!(cancelled.json()["status"], "cancelled");
    assert_eq!(office.run_with(&away, &["jobs", "start", &job]).code, Some(3));
}

#[test]
fn a_job_that_has_ended_cannot_be_started_paused_or_resumed() {
    let office = Office::with_files();
    let job = office.run(&["apply", "--yes", "groups.csv"]).job();
    for verb in ["start", "pause", "resume", "cancel"] {
        let ran = office.run(&["jobs", verb, &job, "--output", "json"]);
        assert_eq!(ran.code, Some(2), "{verb}");
        assert_eq!(ran.json()["error"]["code"], "CONFLICT", "{verb}");
    }
    let watched = office.run(&["jobs", "watch", &job, "--output", "json"]);
    assert_eq!(watched.code, Some(0));
    assert_eq!(watched.json()["status"], "completed");
}
