use std::collections::VecDeque;

use domain::{ItemStatus, JobOptions};

use super::Past;

/// Over how many items, the last ones, the share of failures is looked at.
const LAST: usize = 50;

/// Of fewer items a share says nothing.
const FEWEST: usize = 10;

/// When too much fails. What had failed when a person said go on is not held against the rest.
#[derive(Debug)]
pub(super) struct Failures {
    continue_on_error: bool,
    most: Option<u32>,
    max_rate: Option<f64>,
    failed: u32,
    /// Of the last items, the oldest first: did it fail?
    last: VecDeque<bool>,
}

impl Failures {
    pub(super) fn new(options: &JobOptions, history: &[Past]) -> Self {
        let mut failures = Self {
            continue_on_error: options.continue_on_error,
            most: options.max_failures,
            max_rate: options.max_error_rate,
            failed: 0,
            last: VecDeque::new(),
        };
        for past in history {
            failures.count(*past);
        }
        failures
    }

    /// Counts an item that has ended; returns why the job is to pause, if it is.
    pub(super) fn ended(&mut self, past: Past) -> Option<String> {
        self.count(past);
        if !self.continue_on_error && self.failed > 0 {
            return Some("an item failed and continueOnError is false".into());
        }
        match self.most {
            Some(1) if self.failed >= 1 => return Some("an item failed (maxFailures)".into()),
            Some(most) if self.failed >= most => {
                return Some(format!("{} items failed (maxFailures)", self.failed));
            }
            _ => {}
        }
        let max_rate = self.max_rate.filter(|_| self.last.len() >= FEWEST)?;
        let failed = self.last.iter().filter(|failed| **failed).count();
        #[expect(clippy::cast_precision_loss, reason = "at most fifty")]
        let rate = failed as f64 / self.last.len() as f64;
        (rate > max_rate).then(|| {
            format!(
                "{failed} of the last {} items failed (maxErrorRate)",
                self.last.len()
            )
        })
    }

    fn count(&mut self, past: Past) {
        let failed = past.status == ItemStatus::Failed;
        self.failed += u32::from(failed);
        if self.max_rate.is_some() {
            if self.last.len() == LAST {
                self.last.pop_front();
            }
            self.last
                .push_back(failed || past.status == ItemStatus::Unconfirmed);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn past(status: ItemStatus) -> Past {
        Past {
            status,
            at: Timestamp::from_millis(0),
        }
    }

    const GOOD: ItemStatus = ItemStatus::Succeeded;
    const BAD: ItemStatus = ItemStatus::Failed;

    /// After which of these items, counted from 1, the job pauses, and why.
    fn pauses(options: &JobOptions, before: &[Past], items: &[ItemStatus]) -> Option<(usize, String)> {
        let mut failures = Failures::new(options, before);
        (1..)
            .zip(items)
            .find_map(|(number, status)| Some((number, failures.ended(past(*status))?)))
    }

    #[test]
    fn so_many_failures_pause() {
        let three = JobOptions {
            max_failures: Some(3),
            ..JobOptions::default()
        };
        assert_eq!(
            pauses(&three, &[], &[BAD, GOOD, BAD, GOOD, BAD, BAD]),
            Some((5, "3 items failed (maxFailures)".into()))
        );
        assert_eq!(
            pauses(&three, &[past(BAD), past(BAD)], &[GOOD, BAD]),
            Some((2, "3 items failed (maxFailures)".into())),
            "those before a restart count"
        );
        assert_eq!(pauses(&three, &[], &[BAD, BAD, GOOD]), None);
    }

    #[test]
    fn a_rate_is_taken_over_the_last_items_and_not_of_a_handful() {
        let half = JobOptions {
            max_error_rate: Some(0.5),
            ..JobOptions::default()
        };
        assert_eq!(pauses(&half, &[], &[BAD; 9]), None);
        assert_eq!(
            pauses(&half, &[], &[BAD; 10]),
            Some((10, "10 of the last 10 items failed (maxErrorRate)".into()))
        );
        let mut long: Vec<_> = std::iter::repeat_n(GOOD, 1_000).collect();
        long.extend(std::iter::repeat_n(BAD, 50));
        assert_eq!(
            pauses(&half, &[], &long),
            Some((1_026, "26 of the last 50 items failed (maxErrorRate)".into()))
        );
        let before: Vec<_> = long[..1_025].iter().copied().map(past).collect();
        assert_eq!(pauses(&half, &before, &[BAD]).map(|(after, _)| after), Some(1));
    }

    #[test]
    fn nobody_knows_is_no_success() {
        let some = JobOptions {
            max_error_rate: Some(0.2),
            ..JobOptions::default()
        };
        assert!(pauses(&some, &[], &[ItemStatus::Unconfirmed; 10]).is_some());
        assert_eq!(pauses(&some, &[], &[ItemStatus::Skipped; 100]), None);
    }
}
