use std::time::Duration;

use super::answer_headers::QuotaReport;
use super::nanos;

/// How much later than it is a window's end may be thought to be, besides the way of an answer: GitLab's clock is
/// told in whole seconds.
const DOUBT: u64 = 50_000_000;

/// However long an answer took, no more of a window is left to the rate.
const WIDEST_EDGE: u64 = 300_000_000;

/// Whoever has to wait for the end of a window so short has not waited long.
const BRIEF: Duration = Duration::from_secs(5);

/// What is left of the window in which GitLab counts this user's requests (GitLab API facts §4.2).
///
/// All times are nanoseconds of the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quota {
    /// When the window ends, in GitLab's clock: tells the report of an older window from a newer one.
    reset_unix: i64,
    /// When the window ends, in ours; never earlier than it really does.
    pub(crate) ends: u64,
    /// How many requests may still leave. Those under way are taken off already.
    left: u64,
    /// Not for jobs.
    reserve: u64,
    /// The window divided by its quota.
    slot: u64,
    /// Whether the window is a short one.
    brief: bool,
    /// How long before `ends` nothing is held back any more, because the rate alone keeps to the limit.
    edge: u64,
}

impl Quota {
    /// Combines what is known with what the answer to a request said, which arrived at `now` after `since`
    /// further requests had been let through: these GitLab has most likely not counted yet.
    pub(crate) fn learn(known: Option<Self>, report: &QuotaReport, now: u64, since: u64) -> Self {
        let whole = report.whole();
        let left = report.remaining.saturating_sub(since);
        match known {
            Some(known) if now < known.ends && report.reset_unix < known.reset_unix => known,
            Some(known) if now < known.ends && report.reset_unix == known.reset_unix => Self {
                left: known.left.min(left),
                // The doubt about GitLab's clock becomes less.
                ends: known.ends.min(now.saturating_add(report.resets_in)),
                ..known
            },
            _ => Self {
                reset_unix: report.reset_unix,
                ends: now.saturating_add(report.resets_in),
                left,
                reserve: if report.period() <= BRIEF {
                    1
                } else {
                    (whole / 50).clamp(1, 100)
                },
                slot: nanos(report.period()) / whole,
                brief: report.period() <= BRIEF,
                edge: known.map_or(0, |known| known.edge),
            },
        }
    }

    /// Until when nothing more may leave, if that is so.
    ///
    /// The last of a window is kept for people, but not in its very end, when nobody would wait for the next
    /// one longer than for a turn.
    pub(crate) fn spent_until(&self, people: bool, now: u64) -> Option<u64> {
        let opens = match self.left {
            0 => self.ends.saturating_sub(self.edge),
            left if people || left > self.reserve => return None,
            _ => self.ends.saturating_sub(self.slot + self.edge),
        };
        (opens > now).then_some(opens)
    }

    /// Whether the rate is such that it alone keeps to the limit: then a short window is not watched in its end.
    /// `took` is how long the last answer was on its way.
    ///
    /// What leaves there is counted in the next window already, and the end that we know of is later than the
    /// true one by up to the way of an answer: in windows of a second, waiting for it costs every tenth request.
    pub(crate) fn leave_the_end_to_the_rate(&mut self, took: Option<u64>) {
        self.edge = took
            .filter(|_| self.brief)
            .map_or(0, |took| took.saturating_add(DOUBT).min(WIDEST_EDGE));
    }

    pub(crate) fn take(&mut self) {
        self.left = self.left.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn report(reset_unix: i64, remaining: u64) -> QuotaReport {
        QuotaReport {
            limit: 600,
            observed: Some(600 - remaining),
            remaining,
            reset_unix,
            resets_in: 30 * SECOND,
        }
    }

    #[test]
    fn jobs_stop_while_people_still_have_something_left() {
        let mut quota = Quota::learn(None, &report(100, 14), SECOND, 0);
        assert_eq!(quota.spent_until(false, SECOND), None);
        quota.take();
        quota.take();
        // A tenth of a second before the window's end: six hundred of a minute.
        assert_eq!(quota.spent_until(false, SECOND), Some(30_900_000_000));
        assert_eq!(quota.spent_until(true, SECOND), None);
        assert_eq!(quota.spent_until(false, 30_900_000_000), None);
        (0..12).for_each(|_| quota.take());
        assert_eq!(quota.spent_until(true, SECOND), Some(31 * SECOND));
        assert_eq!(quota.spent_until(false, 31 * SECOND), None);
    }

    #[test]
    fn requests_let_through_after_the_answered_one_are_taken_off() {
        let quota = Quota::learn(None, &report(100, 10), SECOND, 10);
        assert_eq!(quota.left, 0);
    }

    #[test]
    fn an_answer_that_overtook_another_does_not_give_anything_back() {
        let mut quota = Quota::learn(None, &report(100, 20), SECOND, 0);
        (0..10).for_each(|_| quota.take());
        let late = Quota::learn(Some(quota), &report(100, 19), 2 * SECOND, 9);
        assert_eq!(late.left, 10);
    }

    #[test]
    fn what_other_clients_of_the_user_took_is_seen() {
        let quota = Quota::learn(None, &report(100, 500), SECOND, 0);
        assert_eq!(Quota::learn(Some(quota), &report(100, 50), SECOND, 0).left, 50);
    }

    #[test]
    fn a_report_of_the_window_before_is_passed_over_and_one_of_the_next_replaces() {
        let quota = Quota::learn(None, &report(160, 500), SECOND, 0);
        assert_eq!(Quota::learn(Some(quota), &report(100, 1), SECOND, 0).left, 500);
        assert_eq!(Quota::learn(Some(quota), &report(220, 590), SECOND, 0).left, 590);
    }

    #[test]
    fn the_end_of_a_window_comes_nearer_as_gitlabs_clock_is_known_better() {
        let quota = Quota::learn(None, &report(100, 500), SECOND, 0);
        let mut exact = report(100, 499);
        exact.resets_in = 20 * SECOND;
        assert_eq!(Quota::learn(Some(quota), &exact, SECOND, 0).ends, 21 * SECOND);
        assert_eq!(
            Quota::learn(Some(quota), &report(100, 499), 5 * SECOND, 0).ends,
            31 * SECOND
        );
    }
}
