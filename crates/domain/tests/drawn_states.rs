//! `docs/job-states.md` draws what the code does.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use domain::{ItemEvent, ItemStatus, JobEvent, JobStatus};

const PAGE: &str = include_str!("../../../docs/job-states.md");

/// The arrows of the nth drawing: from, to, event.
fn drawn(nth: usize) -> BTreeSet<(String, String, String)> {
    let drawing = PAGE
        .split("```mermaid")
        .nth(nth)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    drawing
        .lines()
        .filter_map(|line| {
            let (from, rest) = line.trim().split_once(" --> ")?;
            let (to, event) = rest.split_once(": ")?;
            let event = event.split_whitespace().next()?;
            Some((from.to_owned(), to.to_owned(), event.to_owned()))
        })
        .collect()
}

#[test]
fn a_jobs_life_is_drawn_as_it_is() {
    let table: BTreeSet<_> = JobStatus::ALL
        .into_iter()
        .flat_map(|from| JobEvent::ALL.map(|event| (from, event)))
        .filter_map(|(from, event)| {
            let to = from.after(event).ok()?;
            Some((from.to_string(), to.to_string(), format!("{event:?}")))
        })
        .collect();
    assert_eq!(drawn(1), table);
}

#[test]
fn an_items_life_is_drawn_as_it_is() {
    let events = [
        ItemEvent::Intended,
        ItemEvent::Succeeded,
        ItemEvent::Refused,
        ItemEvent::Skipped,
        ItemEvent::PutBack,
        ItemEvent::Lost,
        ItemEvent::Cancelled,
    ];
    let table: BTreeSet<_> = ItemStatus::ALL
        .into_iter()
        .flat_map(|from| events.map(|event| (from, event)))
        .filter_map(|(from, event)| {
            let to = from.after(event).ok()?;
            Some((from.to_string(), to.to_string(), format!("{event:?}")))
        })
        .collect();
    assert_eq!(drawn(2), table);
}
