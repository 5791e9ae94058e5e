//! Every operation, cut off at every one of its writes in every way: done once, and known to be.
//!
//! Each scenario runs undisturbed first. Then, for each write that it made: the process is cut before the
//! intent, after it, before the evidence and after it; the connection is cut before GitLab works and after it
//! has worked; GitLab answers 500 after it has worked, 502 before, and a body that cannot be read. After each
//! the job is taken up by another runner, and what GitLab has is what it has after the undisturbed run.

mod over_postgres;
mod scenario;
mod scenarios;

use engine::failpoint;
use gitlab_sim::Fault;

use self::scenario::{Outcome, Scenario, Undisturbed, differing};

/// Where a process dies.
const CUTS: [&str; 4] = [
    failpoint::BEFORE_INTENT,
    failpoint::AFTER_INTENT,
    failpoint::AFTER_ANSWER,
    failpoint::AFTER_EVIDENCE,
];

/// How one answer is lost.
fn losses(path: &str, method: &str) -> Vec<(&'static str, Fault)> {
    let on = || match method {
        "POST" => Fault::post(path),
        "PUT" => Fault::put(path),
        "DELETE" => Fault::delete(path),
        other => Fault::on(other.parse().unwrap(), path),
    };
    vec![
        ("cut before GitLab works", on().nth(1).drop_connection()),
        ("cut after GitLab has worked", on().nth(1).accept_then_drop()),
        ("500 after GitLab has worked", on().nth(1).accept_then_500()),
        ("502 before GitLab works", on().nth(1).status(502)),
        ("an answer that ends too early", on().nth(1).truncate()),
    ]
}

/// Runs a scenario through everything that can happen to it.
async fn proves_exactly_once(scenario: Scenario) {
    let undisturbed = scenario.undisturbed().await;
    assert!(
        !undisturbed.writes.is_empty(),
        "{} writes nothing",
        scenario.operation
    );
    let mut unsettled = 0;
    for number in 1..=undisturbed.writes.len() as u64 {
        for cut in CUTS {
            let outcome = scenario.cut_at(cut, number).await;
            let whereabouts = format!("{}: {cut} {number}", scenario.operation);
            if matches!(cut, failpoint::AFTER_INTENT | failpoint::AFTER_ANSWER) {
                assert!(
                    outcome.unsettled > 0,
                    "{whereabouts} left no intent without evidence"
                );
            }
            unsettled += outcome.unsettled;
            assert_as_if_undisturbed(&undisturbed, &outcome, &whereabouts);
        }
    }
    for (method, path) in &undisturbed.writes {
        for (loss, fault) in losses(path, method) {
            let outcome = scenario.disturbed_by(fault).await;
            let whereabouts = format!("{}: {method} {path}: {loss}", scenario.operation);
            assert_as_if_undisturbed(&undisturbed, &outcome, &whereabouts);
        }
    }
    assert!(unsettled > 0);
}

fn assert_as_if_undisturbed(undisturbed: &Undisturbed, outcome: &Outcome, whereabouts: &str) {
    assert_eq!(outcome.ledger, undisturbed.outcome.ledger, "{whereabouts}");
    assert!(
        outcome.seen == undisturbed.outcome.seen,
        "{whereabouts}: {:#?}",
        differing(&undisturbed.outcome.seen, &outcome.seen)
    );
    assert_eq!(
        (outcome.applied, outcome.duplicates),
        (undisturbed.outcome.applied, 0),
        "{whereabouts}: writes applied, creations refused because the thing exists"
    );
}

/// An operation without a scenario is one of which nobody knows whether it survives a crash.
#[test]
fn every_operation_has_a_scenario() {
    let with: Vec<&str> = scenarios::ALL.to_vec();
    let without: Vec<&str> = engine::operations::registry()
        .iter()
        .map(|operation| operation.name())
        .filter(|name| !with.contains(name))
        .collect();
    assert!(
        without.is_empty(),
        "no scenario in exactly_once/scenarios.rs for {without:?}"
    );
}
