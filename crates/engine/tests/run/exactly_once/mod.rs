//! Every operation, cut off at every one of its writes in every way: done once, and known to be.
//!
//! Each scenario runs undisturbed first, and that run says which requests it makes. Then, for each of its writes,
//! the second of two alike as well: the process is cut before the intent, after it, before the evidence and after it;
//! the connection is cut before GitLab works and after it has worked; GitLab answers 500 after it has worked, 502
//! before, and a body that cannot be read. The answer to each read that goes with the writes is lost, too. After each
//! the job is taken up by another runner, and what GitLab has is what it has after the undisturbed run. A cut or a
//! loss that does not happen fails the test.

mod over_postgres;
mod scenario;
mod scenarios;
mod ways;

use std::collections::BTreeMap;

use engine::failpoint;
use gitlab_sim::{Fault, FaultMatch};

use self::scenario::{Outcome, Scenario, Undisturbed, differing};

/// Where a process dies.
const CUTS: [&str; 4] = [
    failpoint::BEFORE_INTENT,
    failpoint::AFTER_INTENT,
    failpoint::AFTER_ANSWER,
    failpoint::AFTER_EVIDENCE,
];

/// How the answer to a write is lost.
fn losses(request: &FaultMatch) -> [(&'static str, Fault); 5] {
    let on = || request.clone();
    [
        ("cut before GitLab works", on().drop_connection()),
        ("cut after GitLab has worked", on().accept_then_drop()),
        ("500 after GitLab has worked", on().accept_then_500()),
        ("502 before GitLab works", on().status(502)),
        ("an answer that ends too early", on().truncate()),
    ]
}

/// How the answer to a read is lost.
fn losses_of_reads(request: &FaultMatch) -> [(&'static str, Fault); 2] {
    let on = || request.clone();
    [
        ("cut", on().drop_connection()),
        ("an answer that ends too early", on().truncate()),
    ]
}

/// Runs a scenario through everything that can happen to it.
async fn proves_exactly_once(scenario: Scenario) {
    let undisturbed = scenario.undisturbed().await;
    let name = scenario.name;
    assert!(!undisturbed.writes.is_empty(), "{name} writes nothing");
    for number in 1..=undisturbed.writes.len() as u64 {
        for cut in CUTS {
            let outcome = scenario.cut_at(cut, number).await;
            let whereabouts = format!("{name}: {cut} {number}");
            assert!(outcome.happened, "{whereabouts} was not passed");
            if matches!(cut, failpoint::AFTER_INTENT | failpoint::AFTER_ANSWER) {
                assert!(
                    outcome.unsettled > 0,
                    "{whereabouts} left no intent without evidence"
                );
            }
            assert_as_if_undisturbed(&undisturbed, &outcome, &whereabouts);
        }
    }
    // Of requests alike, each is lost once.
    let mut alike = BTreeMap::<&(String, String), u64>::new();
    for request @ (method, path) in &undisturbed.writes {
        let nth = alike.entry(request).and_modify(|nth| *nth += 1).or_insert(1);
        let this = Fault::on(method.parse().unwrap(), path).nth(*nth);
        for (loss, fault) in losses(&this) {
            let outcome = scenario.disturbed_by(fault).await;
            let whereabouts = format!("{name}: {method} {path} ({nth}): {loss}");
            assert!(outcome.happened, "{whereabouts}: it was not sent");
            assert_as_if_undisturbed(&undisturbed, &outcome, &whereabouts);
        }
    }
    // How often GitLab is asked whether it has come to an end depends on how fast it is; whether it is asked does not.
    for (asked, path) in undisturbed.reads.iter().enumerate() {
        for (loss, fault) in losses_of_reads(&Fault::get(path).nth(1)) {
            let outcome = scenario.disturbed_by(fault).await;
            let whereabouts = format!("{name}: GET {path}: {loss}");
            assert!(outcome.happened || asked > 0, "{whereabouts}: it was not asked");
            assert_as_if_undisturbed(&undisturbed, &outcome, &whereabouts);
        }
    }
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
