use super::answer_headers::QuotaReport;

/// What is left of the window in which GitLab counts this user's requests (GitLab API facts §4.2).
///
/// All times are nanoseconds of the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quota {
    /// When the window ends, in GitLab's clock: tells the report of an older window from a newer one.
    reset_unix: i64,
    /// When the window ends, in ours; never earlier than it really does.
    pub(crate) ends: u64,
    /// How many requests may still leave. Requests under way are already taken off.
    left: u64,
    /// Not for jobs.
    reserve: u64,
}

impl Quota {
    /// Combines what is known with what an answer said, which arrived at `now` while `in_flight` other
    /// requests were under way: GitLab may or may not have counted those.
    pub(crate) fn learn(known: Option<Self>, report: &QuotaReport, now: u64, in_flight: u32) -> Self {
        let whole = report
            .observed
            .map_or(report.limit, |observed| observed + report.remaining);
        let reserve = (whole / 50).clamp(1, 100);
        match known {
            Some(known) if now < known.ends && report.reset_unix < known.reset_unix => known,
            Some(known) if now < known.ends && report.reset_unix == known.reset_unix => Self {
                left: known.left.min(report.remaining),
                reserve,
                ..known
            },
            _ => Self {
                reset_unix: report.reset_unix,
                ends: now.saturating_add(report.resets_in),
                left: report.remaining.saturating_sub(in_flight.into()),
                reserve,
            },
        }
    }

    /// May nothing more leave before the window ends?
    pub(crate) fn spent(&self, people: bool) -> bool {
        self.left <= if people { 0 } else { self.reserve }
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
        assert!(!quota.spent(false));
        quota.take();
        quota.take();
        assert!(quota.spent(false));
        assert!(!quota.spent(true));
        (0..12).for_each(|_| quota.take());
        assert!(quota.spent(true));
    }

    #[test]
    fn requests_under_way_are_taken_off_when_a_window_is_first_seen() {
        let quota = Quota::learn(None, &report(100, 10), SECOND, 10);
        assert!(quota.spent(true));
    }

    #[test]
    fn an_answer_that_overtook_another_does_not_give_anything_back() {
        let mut quota = Quota::learn(None, &report(100, 20), SECOND, 0);
        (0..10).for_each(|_| quota.take());
        let late = Quota::learn(Some(quota), &report(100, 19), 2 * SECOND, 0);
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
}
