//! Ctrl-C pauses; a job has one process.

use std::process::{Child, Command};

use crate::office::{Office, job_of};

/// Enough groups that, slowed down, nobody finishes them before the test is done with them.
fn many_groups(office: &Office) {
    let rows = (1..=400).map(|number| format!("Group {number},group-{number},"));
    let lines: Vec<String> = std::iter::once("name,path,parent".to_owned())
        .chain(rows)
        .collect();
    office.file("groups.csv", &lines.join("\n"));
    office.slow_down(40);
}

/// Waits until some writes have arrived at GitLab.
fn wait_for_writes(office: &Office, child: &mut Child) {
    while office.writes() < 5 {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before it was interrupted"
        );
        std::thread::yield_now();
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[test]
fn ctrl_c_pauses_safely_and_resume_goes_on() {
    let office = Office::new();
    many_groups(&office);
    let mut child = office.begin(&["apply", "--yes", "groups.csv"]);
    let job = job_of(&mut child);
    wait_for_writes(&office, &mut child);
    signal(&child, "-INT");
    let ran = office.end(child);
    assert_eq!(ran.code, Some(130), "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains(&format!("Job {job} paused")),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains(&format!("Go on with: gitlab-bulk jobs resume {job}")),
        "{}",
        ran.stdout
    );
    let shown = office.run(&["jobs", "show", "--output", "json", &job]).json();
    assert_eq!(shown["status"], "paused");
    let done = shown["successCount"].as_u64().unwrap();
    assert_eq!(
        done,
        u64::try_from(office.gitlab.estate().groups.len()).unwrap(),
        "what was under way was finished"
    );
    assert!(done < 400);

    office.slow_down(0);
    let resumed = office.run(&["jobs", "resume", &job]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    assert_eq!(office.gitlab.estate().groups.len(), 400);
    assert_eq!(office.gitlab.stats().writes.rejected_as_duplicate, 0);
}

#[test]
fn a_running_job_is_not_taken_over_but_can_be_paused_from_another_terminal() {
    let office = Office::new();
    many_groups(&office);
    let mut child = office.begin(&["apply", "--yes", "groups.csv"]);
    let job = job_of(&mut child);
    wait_for_writes(&office, &mut child);

    let refused = office.run(&["jobs", "resume", &job]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused
            .stderr
            .contains(&format!("job {job} is being run by process {}", child.id())),
        "{}",
        refused.stderr
    );

    let paused = office.run(&["jobs", "pause", &job]);
    assert_eq!(paused.code, Some(0), "{}", paused.stderr);
    let ran = office.end(child);
    assert_eq!(ran.code, Some(130), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("It waits: paused by root"), "{}", ran.stdout);
}

#[test]
fn a_running_job_can_be_cancelled_from_another_terminal() {
    let office = Office::new();
    many_groups(&office);
    let mut child = office.begin(&["apply", "--yes", "groups.csv"]);
    let job = job_of(&mut child);
    wait_for_writes(&office, &mut child);
    assert_eq!(office.run(&["jobs", "cancel", &job]).code, Some(0));
    let ran = office.end(child);
    assert_eq!(ran.code, Some(130), "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains(&format!("Job {job} cancelled")),
        "{}",
        ran.stdout
    );
    let over = office.run(&["jobs", "resume", &job]);
    assert_eq!(over.code, Some(2));
    assert!(
        over.stderr.contains("there is nothing to go on with"),
        "{}",
        over.stderr
    );
}

#[test]
fn a_simulator_says_where_it_is_and_stops_when_told() {
    let office = Office::new();
    let mut child = office.begin(&[
        "simulate",
        "--listen",
        "127.0.0.1:0",
        "--groups",
        "3",
        "--projects",
        "4",
        "--users",
        "2",
    ]);
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(child.stdout.as_mut().unwrap()),
        &mut line,
    )
    .unwrap();
    assert!(
        line.starts_with("{\"url\":\"http://127.0.0.1:") && line.ends_with("\"}\n"),
        "{line}"
    );
    signal(&child, "-TERM");
    let stopped = child.wait_with_output().unwrap();
    assert_eq!(stopped.status.code(), Some(0));
    let said = String::from_utf8(stopped.stderr).unwrap();
    assert!(said.contains("3 groups, 4 projects, 3 users"), "{said}");
    assert!(said.contains("glpat-sim-root"), "{said}");
}
