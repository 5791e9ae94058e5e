//! Ctrl-C pauses; a job has one process.

use std::process::{Child, Command};

use gitlab_sim::Fault;

use crate::office::{Office, heard_until, job_of};

/// Enough groups that, slowed down, nobody finishes them before the test is done with them.
fn many_groups(office: &Office) {
    let rows = (1..=400).map(|number| format!("Group {number},group-{number},"));
    let lines: Vec<String> = std::iter::once("name,path,parent".to_owned())
        .chain(rows)
        .collect();
    office.file("groups.csv", &lines.join("\n"));
    office.slow_down(100);
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

/// Reads stderr of a running command up to the line that holds this.
fn wait_for(child: &mut Child, words: &str) -> String {
    heard_until(child, |said| said.contains(words))
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
fn ctrl_c_while_planning_sends_nothing_and_resume_shows_the_plan_first() {
    let office = Office::with_files();
    office.gitlab.fault(Fault::get("/api/v4/groups/**").hang());
    let mut child = office.begin(&["apply", "--yes", "groups.csv"]);
    let job = job_of(&mut child);
    wait_for(&mut child, "Comparing 3 items");
    signal(&child, "-INT");
    let ran = office.end(child);
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("stopped before anything was sent"),
        "{}",
        ran.stderr
    );

    office.gitlab.clear_faults();
    let asked = office.run(&["jobs", "resume", &job]);
    assert_eq!(asked.code, Some(2), "{}", asked.stderr);
    assert_eq!(office.writes(), 0);
    assert_eq!(office.run(&["jobs", "start", &job]).code, Some(0));
    assert_eq!(office.gitlab.estate().groups.len(), 3);
}

#[test]
fn a_plan_that_gitlab_refused_to_answer_is_made_when_it_does() {
    let office = Office::with_files();
    // Not one of those that are waited for.
    office.gitlab.fault(Fault::get("/api/v4/groups/**").status(400));
    let ran = office.run(&["apply", "--yes", "groups.csv"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let job = ran.job();
    assert_eq!(
        office.run(&["jobs", "show", "--output", "json", &job]).json()["status"],
        "failed"
    );

    office.gitlab.clear_faults();
    assert_eq!(office.run(&["jobs", "resume", "--yes", &job]).code, Some(0));
    assert_eq!(office.gitlab.estate().groups.len(), 3);
}

#[test]
fn a_second_ctrl_c_ends_at_once_and_loses_nothing() {
    let office = Office::new();
    many_groups(&office);
    let mut child = office.begin(&["apply", "--yes", "groups.csv"]);
    let job = job_of(&mut child);
    wait_for_writes(&office, &mut child);
    // From now on nothing is answered, so that a polite end would take a while.
    office.gitlab.fault(Fault::post("/api/v4/groups").hang());
    signal(&child, "-INT");
    let said = wait_for(&mut child, "Pausing: ");
    assert!(
        said.contains("Again to stop at once, which is safe too."),
        "{said}"
    );
    signal(&child, "-INT");
    assert_eq!(office.end(child).code, Some(130));

    office.gitlab.clear_faults();
    office.slow_down(0);
    let resumed = office.run(&["jobs", "resume", &job]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    assert_eq!(office.gitlab.estate().groups.len(), 400);
    assert_eq!(office.gitlab.stats().writes.rejected_as_duplicate, 0);
}

#[test]
fn a_token_that_is_revoked_on_the_way_pauses_the_job() {
    let office = Office::new();
    many_groups(&office);
    let mut child = office.begin(&["apply", "--yes", "groups.csv"]);
    let job = job_of(&mut child);
    wait_for_writes(&office, &mut child);
    office.gitlab.fault(Fault::any().status(401));
    let ran = office.end(child);
    assert_eq!(ran.code, Some(4), "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains(&format!("Job {job} paused")),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr.contains("GITLAB_TOKEN has expired or was revoked"),
        "{}",
        ran.stderr
    );

    office.gitlab.clear_faults();
    office.slow_down(0);
    assert_eq!(office.run(&["jobs", "resume", &job]).code, Some(0));
    assert_eq!(office.gitlab.estate().groups.len(), 400);
}

#[test]
fn a_job_whose_process_died_is_watched_only_when_somebody_runs_it() {
    let office = Office::with_files();
    let died = office.run_with(
        &[("GITLAB_BULK_FAILPOINT", "after_answer:2")],
        &["apply", "--yes", "groups.csv"],
    );
    let job = died.job();
    let watched = office.run(&["jobs", "watch", &job]);
    assert_eq!(watched.code, Some(1));
    assert!(
        watched.stderr.contains(&format!(
            "no process runs this job; go on with: gitlab-bulk jobs resume {job}"
        )),
        "{}",
        watched.stderr
    );
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
