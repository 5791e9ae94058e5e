//! The process dies at a named place; `jobs resume` takes over at once and nothing happens twice.

use gitlab_sim::Fault;

use crate::office::Office;

/// The places, and at which passing the process dies.
const CUTS: [&str; 4] = [
    "before_intent:3",
    "after_intent:3",
    "after_answer:3",
    "after_evidence:2",
];

#[test]
fn killed_at_any_step_and_resumed_every_item_is_done_exactly_once() {
    for cut in CUTS {
        let office = Office::with_files();
        let died = office.run_with(
            &[("GITLAB_BULK_FAILPOINT", cut)],
            &["apply", "--yes", "groups.csv", "projects.csv", "members.csv"],
        );
        assert_eq!(died.code, None, "{cut}: killed by a signal");
        let job = died.job();

        let resumed = office.run(&["jobs", "resume", &job]);
        assert_eq!(
            resumed.code,
            Some(0),
            "{cut}: {}{}",
            resumed.stdout,
            resumed.stderr
        );
        assert!(
            resumed
                .stderr
                .contains("The process that ran this job is gone; taking over."),
            "{}",
            resumed.stderr
        );
        assert!(
            resumed.stdout.contains("6 succeeded"),
            "{cut}: {}",
            resumed.stdout
        );
        assert_eq!(office.gitlab.stats().writes.rejected_as_duplicate, 0, "{cut}");
        assert_eq!(office.gitlab.estate().groups.len(), 3, "{cut}");
        assert_eq!(office.gitlab.estate().projects.len(), 2, "{cut}");
        assert_eq!(
            office.gitlab.members("acme/web").len(),
            2,
            "{cut}: the creator and the member"
        );
    }
}

#[test]
fn a_job_that_died_while_being_planned_asks_before_it_goes_on() {
    let office = Office::with_files();
    let died = office.run_with(
        &[("GITLAB_BULK_FAILPOINT", "before_planned:1")],
        &["apply", "--yes", "groups.csv"],
    );
    assert_eq!(died.code, None);
    let job = died.job();
    let asked = office.run(&["jobs", "resume", &job]);
    assert_eq!(asked.code, Some(2), "nobody has seen the plan: {}", asked.stderr);
    assert_eq!(office.writes(), 0);
}

#[test]
fn an_answer_that_never_came_is_settled_by_looking() {
    let office = Office::with_files();
    office
        .gitlab
        .fault(Fault::post("/api/v4/projects").nth(1).accept_then_drop());
    let ran = office.run(&["apply", "--yes", "groups.csv", "projects.csv"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(office.gitlab.stats().writes.rejected_as_duplicate, 0);
    assert_eq!(office.gitlab.estate().projects.len(), 2);
}
