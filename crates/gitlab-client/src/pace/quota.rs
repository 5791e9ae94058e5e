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
    /// The least that an answer of this window said is left,
    told: u64,
    /// and how many requests had been let through when the one was that it answers, itself included.
    by: u64,
    /// How many have been let through until now.
    sent: u64,
    /// Which of the last were answered.
    answered: Answered,
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
    /// Combines what is known with what the answer to the `serial`th request said, which arrived at `now`, when
    /// `sent` requests had been let through: the later ones GitLab has most likely not counted yet.
    pub(crate) fn learn(known: Option<Self>, report: &QuotaReport, now: u64, serial: u64, sent: u64) -> Self {
        let mut answered = known.map_or_else(Answered::default, |known| known.answered);
        answered.note(serial);
        Self::combine(known, report, now, (report.remaining, serial), sent, answered)
    }

    /// The same where an answer said it to another process: of those that are under way here, GitLab may have counted
    /// none.
    pub(crate) fn heed(
        known: Option<Self>,
        report: &QuotaReport,
        now: u64,
        under_way: u64,
        sent: u64,
    ) -> Self {
        let answered = known.map_or_else(Answered::default, |known| known.answered);
        let left = report.remaining.saturating_sub(under_way);
        Self::combine(known, report, now, (left, sent), sent, answered)
    }

    fn combine(
        known: Option<Self>,
        report: &QuotaReport,
        now: u64,
        (told, by): (u64, u64),
        sent: u64,
        answered: Answered,
    ) -> Self {
        let whole = report.whole();
        match known {
            Some(known) if now < known.ends && report.reset_unix < known.reset_unix => {
                Self { answered, ..known }
            }
            Some(known) if now < known.ends && report.reset_unix == known.reset_unix => {
                let (told, by) = if told < known.told {
                    (told, by)
                } else {
                    (known.told, known.by)
                };
                Self {
                    told,
                    by,
                    answered,
                    // The doubt about GitLab's clock becomes less.
                    ends: known.ends.min(now.saturating_add(report.resets_in)),
                    ..known
                }
            }
            _ => Self {
                reset_unix: report.reset_unix,
                ends: now.saturating_add(report.resets_in),
                told,
                by,
                sent,
                answered,
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
        let opens = match self.left() {
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
        self.sent = self.sent.saturating_add(1);
    }

    /// How many requests may still leave. Those under way are taken off already.
    ///
    /// Requests overtake each other on their way. One that was let through later than the one whose answer told the
    /// least, and has been answered, GitLab counted before it (or in the window before): to take it off once more
    /// would lose one request of the window for every such pair.
    fn left(&self) -> u64 {
        let later = self.sent.saturating_sub(self.by);
        self.told
            .saturating_sub(later.saturating_sub(self.answered.later_than(self.by)))
    }
}

/// Which of the last 128 requests, counted from the latest that was answered, have been answered.
#[derive(Clone, Copy, Debug, Default)]
struct Answered {
    latest: u64,
    /// Bit `n`: the one `n` before the latest.
    bits: u128,
}

impl Answered {
    fn note(&mut self, serial: u64) {
        if serial > self.latest {
            self.bits = shifted_left(self.bits, serial - self.latest);
            self.latest = serial;
        }
        self.bits |= shifted_left(1, self.latest - serial);
    }

    /// How many that were let through after this one have been answered. Those forgotten count as not answered.
    fn later_than(&self, serial: u64) -> u64 {
        let later = u32::try_from(self.latest.saturating_sub(serial)).unwrap_or(u32::MAX);
        let mask = 1_u128.checked_shl(later).map_or(u128::MAX, |bit| bit - 1);
        u64::from((self.bits & mask).count_ones())
    }
}

fn shifted_left(bits: u128, by: u64) -> u128 {
    u32::try_from(by)
        .ok()
        .and_then(|by| bits.checked_shl(by))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        let mut quota = Quota::learn(None, &report(100, 14), SECOND, 1, 1);
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
        let quota = Quota::learn(None, &report(100, 10), SECOND, 1, 11);
        assert_eq!(quota.left(), 0);
    }

    #[test]
    fn an_answer_that_overtook_another_does_not_give_anything_back() {
        let mut quota = Quota::learn(None, &report(100, 20), SECOND, 1, 1);
        (0..10).for_each(|_| quota.take());
        let late = Quota::learn(Some(quota), &report(100, 19), 2 * SECOND, 2, 11);
        assert_eq!(late.left(), 10);
    }

    #[test]
    fn requests_that_overtook_each_other_are_taken_off_once() {
        // The third request arrives before the second; whichever answer is read first.
        let of_second = (report(100, 17), 2);
        let of_third = (report(100, 18), 3);
        for order in [[of_second, of_third], [of_third, of_second]] {
            let mut quota = Quota::learn(None, &report(100, 19), SECOND, 1, 1);
            (0..4).for_each(|_| quota.take());
            for (report, serial) in order {
                quota = Quota::learn(Some(quota), &report, SECOND, serial, 5);
            }
            // The fourth and the fifth are under way.
            assert_eq!(quota.left(), 15);
        }
    }

    #[test]
    fn one_that_the_window_before_counted_is_not_taken_off_this_one() {
        // The second request begins the window at GitLab; the third came before it, at the end of the last window.
        let quota = Quota::learn(None, &report(160, 99), SECOND, 2, 4);
        assert_eq!(quota.left(), 97);
        assert_eq!(
            Quota::learn(Some(quota), &report(100, 3), SECOND, 3, 4).left(),
            98
        );
    }

    #[test]
    fn what_other_clients_of_the_user_took_is_seen() {
        let quota = Quota::learn(None, &report(100, 500), SECOND, 1, 1);
        assert_eq!(
            Quota::learn(Some(quota), &report(100, 50), SECOND, 1, 1).left(),
            50
        );
    }

    #[test]
    fn what_another_process_was_told_counts_as_if_nothing_under_way_here_were_in_it() {
        let mut quota = Quota::learn(None, &report(100, 500), SECOND, 1, 1);
        (0..4).for_each(|_| quota.take());
        let heeded = Quota::heed(Some(quota), &report(100, 50), SECOND, 3, 5);
        assert_eq!(heeded.left(), 47);
        // That more was left before, as an own answer says late, changes nothing.
        assert_eq!(
            Quota::learn(Some(heeded), &report(100, 499), SECOND, 2, 5).left(),
            47
        );
    }

    #[test]
    fn a_report_of_the_window_before_is_passed_over_and_one_of_the_next_replaces() {
        let quota = Quota::learn(None, &report(160, 500), SECOND, 1, 1);
        assert_eq!(
            Quota::learn(Some(quota), &report(100, 1), SECOND, 1, 1).left(),
            500
        );
        assert_eq!(
            Quota::learn(Some(quota), &report(220, 590), SECOND, 1, 1).left(),
            590
        );
    }

    #[test]
    fn the_end_of_a_window_comes_nearer_as_gitlabs_clock_is_known_better() {
        let quota = Quota::learn(None, &report(100, 500), SECOND, 1, 1);
        let mut exact = report(100, 499);
        exact.resets_in = 20 * SECOND;
        assert_eq!(Quota::learn(Some(quota), &exact, SECOND, 1, 1).ends, 21 * SECOND);
        assert_eq!(
            Quota::learn(Some(quota), &report(100, 499), 5 * SECOND, 1, 1).ends,
            31 * SECOND
        );
    }

    proptest! {
        /// However requests overtake each other on their way and answers on theirs, what is thought to be left is what
        /// GitLab has left as soon as all are answered, and never less than if none under way had been counted.
        #[test]
        fn what_is_left_is_what_gitlab_counts(
            arrivals in Just((1_u64..=40).collect::<Vec<_>>()).prop_shuffle(),
            answers in Just((0_usize..40).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let mut quota: Option<Quota> = None;
            for (read, position) in answers.iter().enumerate() {
                let remaining = 600 - (*position as u64 + 1);
                let learned = Quota::learn(quota, &report(100, remaining), SECOND, arrivals[*position], 40);
                let unanswered = 39 - read as u64;
                prop_assert!(learned.left() >= 560 - unanswered.min(560));
                quota = Some(learned);
            }
            prop_assert_eq!(quota.map(|quota| quota.left()), Some(560));
        }
    }
}
