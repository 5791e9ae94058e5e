//! How fast a job goes, and when it stops for a look: as it is typed.

use std::process::Command;

use gitlab_sim::Fault;
use insta::assert_snapshot;
use serde_json::json;

use crate::office::{Office, Ran, heard_until, job_of};

/// Groups of which none needs another.
fn groups(office: &Office, count: u32) {
    let rows = (1..=count).map(|number| format!("Group {number},group-{number:02},"));
    let lines: Vec<String> = std::iter::once("name,path,parent".to_owned())
        .chain(rows)
        .collect();
    office.file("groups.csv", &lines.join("\n"));
}

fn shown(office: &Office, job: &str) -> serde_json::Value {
    office.run(&["jobs", "show", "--output", "json", job]).json()
}

/// The job stands still; its summary says why and how to go on.
fn assert_paused(ran: &Ran, why: &str) {
    assert!(ran.stdout.contains(why), "{}{}", ran.stdout, ran.stderr);
    let job = ran.job();
    assert!(
        ran.stdout
            .contains(&format!("Go on with: gitlab-bulk jobs resume {job}")),
        "{}",
        ran.stdout
    );
}

#[test]
fn every_limit_is_one_of_the_job() {
    let office = Office::with_files();
    let asked = office.run(&[
        "apply",
        "--stop-on-error",
        "--max-failures",
        "3",
        "--max-error-rate",
        "0.25",
        "--canary",
        "4",
        "--wave-size",
        "50",
        "--wave-pause",
        "60",
        "--not-before",
        "2099-12-24T22:00:00Z",
        "--concurrency",
        "6",
        "--rate",
        "7.5",
        "groups.csv",
    ]);
    assert_eq!(asked.code, Some(2), "nobody has agreed: {}", asked.stderr);
    let options = &shown(&office, &asked.job())["options"];
    for (name, value) in [
        ("continueOnError", json!(false)),
        ("maxFailures", json!(3)),
        ("maxErrorRate", json!(0.25)),
        ("canary", json!(4)),
        ("waves", json!({ "size": 50, "pauseSeconds": 60 })),
        ("notBefore", json!("2099-12-24T22:00:00.000Z")),
        ("concurrency", json!(6)),
        ("ratePerSecond", json!(7.5)),
    ] {
        assert_eq!(options[name], value, "{name}");
    }
}

#[test]
fn a_canary_is_looked_at_and_what_has_changed_since_the_plan_is_refused_with_the_difference() {
    let office = Office::new();
    groups(&office, 3);
    assert_eq!(office.run(&["apply", "--yes", "groups.csv"]).code, Some(0));
    office.file(
        "groups.csv",
        "name,path,parent,description\nGroup 1,group-01,,new\nGroup 2,group-02,,new\nGroup 3,group-03,,new\n",
    );

    let ran = office.run(&[
        "apply",
        "--yes",
        "--update-existing",
        "--canary",
        "1",
        "groups.csv",
    ]);

    assert_paused(&ran, "canary");
    let job = ran.job();
    assert_eq!(shown(&office, &job)["successCount"], 1);
    let changed: Vec<String> = (1..=3).map(|number| format!("group-{number:02}")).collect();
    let is_new = |path: &String| office.gitlab.group(path).unwrap().description == "new";
    assert_eq!(changed.iter().filter(|path| is_new(path)).count(), 1);

    // Somebody else has an opinion meanwhile.
    let theirs = changed.iter().find(|path| !is_new(path)).unwrap();
    office.by_hand(
        "PUT",
        &format!("groups/{theirs}"),
        &json!({ "description": "theirs" }),
    );
    let resumed = office.run(&["jobs", "resume", &job]);

    assert_eq!(resumed.code, Some(1), "{}{}", resumed.stdout, resumed.stderr);
    assert_eq!(shown(&office, &job)["successCount"], 2);
    assert_eq!(office.gitlab.group(theirs).unwrap().description, "theirs");
    let items = office.run(&["jobs", "items", "--status", "failed", &job]).stdout;
    assert!(items.contains("CHANGED_SINCE_PLAN"), "{items}");
    let said = format!(
        "`{theirs}` has changed since it was planned (description was \"\" then and is \"theirs\" now); nothing was sent: plan \
         again"
    );
    assert!(items.contains(&said), "{items}");
}

#[test]
fn too_many_failures_pause_the_job() {
    for (given, failures, why) in [
        (["--max-failures", "2"], 2, "2 items failed (maxFailures)"),
        (["--max-failures", "1"], 1, "an item failed (maxFailures)"),
    ] {
        let office = Office::new();
        groups(&office, 30);
        office.gitlab.fault(Fault::post("/api/v4/groups").status(403));

        let ran = office.run(
            &[
                &["apply", "--yes", "--concurrency", "1"],
                &given[..],
                &["groups.csv"],
            ]
            .concat(),
        );

        assert_paused(&ran, why);
        let failed = shown(&office, &ran.job())["failureCount"].as_u64().unwrap();
        assert!((failures..30).contains(&failed), "{failed}");

        office.gitlab.clear_faults();
        assert_eq!(
            office.run(&["jobs", "resume", &ran.job()]).code,
            Some(1),
            "some have failed"
        );
        let made = u64::try_from(office.gitlab.estate().groups.len()).unwrap();
        assert_eq!(made + failed, 30, "the rest is done");
    }
}

#[test]
fn the_first_error_stops_a_job_that_is_to_stop_at_it() {
    let office = Office::new();
    groups(&office, 30);
    office.gitlab.fault(Fault::post("/api/v4/groups").status(403));
    let ran = office.run(&[
        "apply",
        "--yes",
        "--concurrency",
        "1",
        "--stop-on-error",
        "groups.csv",
    ]);
    assert_paused(&ran, "an item failed and continueOnError is false");
    let failed = shown(&office, &ran.job())["failureCount"].as_u64().unwrap();
    assert!((1..30).contains(&failed), "{failed}");
}

#[test]
fn a_rising_share_of_errors_pauses_the_job() {
    let office = Office::new();
    groups(&office, 60);
    office.gitlab.fault(Fault::post("/api/v4/groups").status(403));
    let ran = office.run(&[
        "apply",
        "--yes",
        "--concurrency",
        "1",
        "--max-error-rate",
        "0.5",
        "groups.csv",
    ]);
    assert_paused(&ran, "items failed (maxErrorRate)");
    let failed = shown(&office, &ran.job())["failureCount"].as_u64().unwrap();
    assert!(
        (10..60).contains(&failed),
        "of fewer than ten it says nothing: {failed}"
    );
}

#[test]
fn waves_without_a_rest_follow_each_other() {
    let office = Office::new();
    groups(&office, 7);
    let ran = office.run(&["apply", "--yes", "--wave-size", "2", "groups.csv"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(office.gitlab.estate().groups.len(), 7);
}

#[test]
fn a_job_that_waits_says_until_when_and_is_paused_by_ctrl_c() {
    let office = Office::new();
    groups(&office, 3);
    let mut child = office.begin(&[
        "apply",
        "--yes",
        "--not-before",
        "2099-12-24T22:00:00Z",
        "groups.csv",
    ]);
    let job = job_of(&mut child);
    // Planned and agreed to, it says that it waits, and then gives its place up.
    let waiting = loop {
        let job = shown(&office, &job);
        if !job["waitingUntil"].is_null() && job["status"] != "running" {
            break job;
        }
        assert!(child.try_wait().unwrap().is_none(), "it does not wait");
    };
    assert_eq!(waiting["status"], "pending");
    assert_eq!(waiting["waitingUntil"], "2099-12-24T22:00:00.000Z");
    let text = office.run(&["jobs", "show", &job]).stdout;
    assert!(text.contains("waits until  2099-12-24T22:00:00.000Z"), "{text}");
    assert!(text.contains("\nbecause "), "{text}");

    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    let ran = office.end(child);
    assert_eq!(ran.code, Some(130), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(shown(&office, &job)["status"], "paused");
    assert_eq!(office.writes(), 0);
}

#[test]
fn what_a_plan_waits_for_is_said_and_nothing_is_sent_by_whoever_does_not_wait() {
    // Who we are, and whether the token may write, is asked before.
    for (fault, why) in [
        (
            Fault::get("/api/v4/groups/*").throttle(3_600),
            "GitLab asked to wait",
        ),
        (
            Fault::get("/api/v4/groups/*").status(503),
            "GitLab does not answer",
        ),
    ] {
        let office = Office::new();
        groups(&office, 1);
        office.gitlab.fault(fault);
        let mut child = office.begin(&["apply", "--yes", "groups.csv"]);

        let said = heard_until(&mut child, |said| said.contains("Waiting until "));

        let line = said
            .lines()
            .find(|line| line.starts_with("Waiting until "))
            .unwrap();
        assert!(line.ends_with(&format!("Z: {why}")), "{line}");
        let sent = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let ran = office.end(child);
        assert_eq!(ran.code, Some(130), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("stopped before anything was sent"),
            "{}",
            ran.stderr
        );
        assert_eq!(office.writes(), 0);
    }
}

#[test]
fn an_outage_is_said_once_however_often_gitlab_is_asked_again_and_so_is_its_end() {
    let office = Office::new();
    groups(&office, 1);
    office
        .gitlab
        .fault(Fault::get("/api/v4/groups/*").times(5).status(503));

    let ran = office.run_with(
        &[("GITLAB_API_MAX_RETRIES", "0")],
        &["apply", "--yes", "groups.csv"],
    );

    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let said: Vec<String> = office.tidy(&ran.stderr).lines().map(without_moment).collect();
    assert_snapshot!(said.join("\n"), @r#"
    Job <job> of 1 item for root
    Comparing 1 item with <gitlab> …
    Waiting until <moment>: GitLab does not answer
    Going on.
    Plan for root on <gitlab>: 1 to create

    + create_group group-01  (groups.csv, row 1)
        name: "Group 1"
    "#);
}

/// A line, without the moment until which something waits.
fn without_moment(line: &str) -> String {
    match line
        .strip_prefix("Waiting until ")
        .and_then(|rest| rest.split_once(": "))
    {
        Some((_, reason)) => format!("Waiting until <moment>: {reason}"),
        None => line.to_owned(),
    }
}

#[test]
fn a_moment_that_has_passed_holds_nothing_back() {
    let office = Office::new();
    groups(&office, 3);
    let ran = office.run(&[
        "apply",
        "--yes",
        "--not-before",
        "2020-12-24T22:00:00Z",
        "groups.csv",
    ]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(office.gitlab.estate().groups.len(), 3);
}
