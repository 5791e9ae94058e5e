use crate::pace::answer_headers::QuotaReport;

/// How much of the limit is used. The rest is for people, and for clocks and timers that are not exact.
const SHARE: f64 = 0.975;

/// However much other programs of the user take, so much of the limit is tried: GitLab's count, which is kept
/// to as well, says when it is really used up.
const LEAST_SHARE: f64 = 0.05;

/// So many requests a window are no other program.
const HARDLY_ANY: f64 = 0.5;

/// Follows an instance that says what its limit is (GitLab API facts §4.2).
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The limit in requests a second.
    limit: f64,
    /// What other programs of the same user take of it, in requests a second.
    others: f64,
    window: Option<Window>,
}

/// The window that the answers are counted in.
#[derive(Clone, Copy, Debug)]
struct Window {
    reset_unix: i64,
    /// Its length in seconds.
    period: f64,
    /// The most that GitLab has counted in it.
    observed: u64,
    /// How many of these were ours: every one of our requests is answered with the window it was counted in.
    ours: u64,
    /// Seen from its beginning. One that was under way when we came tells nothing about others.
    whole: bool,
}

impl Told {
    pub(super) fn learn(&mut self, report: &QuotaReport) {
        #[expect(clippy::cast_precision_loss, reason = "a limit is far below 2^52")]
        let limit = report.limit.max(1) as f64 / 60.0;
        self.limit = limit;
        let observed = report.observed.unwrap_or(0);
        match &mut self.window {
            Some(window) if window.reset_unix == report.reset_unix => {
                window.observed = window.observed.max(observed);
                window.ours += 1;
            }
            // An answer of the window before that comes late.
            Some(window) if window.reset_unix > report.reset_unix => {}
            before => {
                let whole = before.is_some();
                if let Some(ended) = before.filter(|window| window.whole) {
                    self.others = f64::midpoint(self.others, ended.others());
                }
                self.window = Some(Window {
                    reset_unix: report.reset_unix,
                    period: report.period().as_secs_f64(),
                    observed,
                    ours: 1,
                    whole,
                });
            }
        }
    }

    /// A whole window has been seen, and hardly anything in it was not ours.
    pub(super) fn has_no_others(&self) -> bool {
        self.window
            .is_some_and(|window| window.whole && self.others * window.period < HARDLY_ANY)
    }

    pub(super) fn rate(&self) -> f64 {
        (self.limit * SHARE - self.others).max(self.limit * LEAST_SHARE)
    }
}

impl Window {
    fn others(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
        let count = self.observed.saturating_sub(self.ours) as f64;
        count / self.period
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(window: i64, observed: u64) -> QuotaReport {
        QuotaReport {
            limit: 600,
            observed: Some(observed),
            remaining: 600 - observed,
            reset_unix: window * 60,
            resets_in: 1,
        }
    }

    #[test]
    fn alone_it_uses_nearly_all_of_the_limit() {
        let mut told = Told::default();
        (1..100).for_each(|window| told.learn(&report(window, 1)));
        assert!((told.rate() - 9.75).abs() < 1e-9, "{}", told.rate());
    }

    #[test]
    fn what_other_programs_of_the_user_take_is_left_to_them() {
        let mut told = Told::default();
        for window in 1..20 {
            // Every second request that GitLab counts is ours.
            (1..=150).for_each(|request| told.learn(&report(window, request * 2)));
        }
        assert!((told.rate() - 7.25).abs() < 0.1, "{}", told.rate());
        for window in 20..40 {
            told.learn(&report(window, 1));
        }
        assert!((told.rate() - 9.75).abs() < 0.1, "{}", told.rate());
    }

    #[test]
    fn a_window_that_was_under_way_when_we_came_says_nothing_about_others() {
        let mut told = Told::default();
        told.learn(&report(1, 500));
        told.learn(&report(2, 1));
        assert!((told.rate() - 9.75).abs() < 1e-9, "{}", told.rate());
    }
}
