use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use super::Lane;
use super::endpoint_class::EndpointKey;
use super::long_limit::{LongLimit, Moment};

/// What this user's requests have learned about the application limiter, which tells nothing until it refuses.
///
/// Every request is counted in a window that opens with the first one, as GitLab counts. The first refusal
/// tells how many GitLab lets through; from then on the rest of a window is waited for instead of being
/// refused again. All times are nanoseconds of the monotonic clock.
#[derive(Debug)]
pub(crate) struct EndpointLimits {
    windows: HashMap<EndpointKey, Window>,
    /// Who waits at any of them: people, jobs.
    waiting: [u32; 2],
    /// At how many counters those that tell nothing any more are dropped.
    tidy_at: usize,
    /// The daily limits that GitLab.com publishes are in force.
    published: bool,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    /// Before our clock began where another process has seen it open.
    opened: i64,
    length: u64,
    /// Requests let through in this window, without those that GitLab refused.
    passed: u32,
    /// How many GitLab lets through, once it has refused one.
    limit: Option<u32>,
    /// In how many windows GitLab has refused something. The first refusal may have come in the middle of a
    /// window that others had opened; the second one measures.
    measured: u32,
    refused: bool,
    /// A refusal's own wait.
    shut_until: u64,
    /// Who waits here at this moment: people, jobs.
    waiting: [u32; 2],
}

/// How much later than expected a window may end: our request was under way for a while before it was counted.
const MARGIN: u64 = 200_000_000;

/// A window so long is not learned about by trying it out a few times.
const LONG: u64 = 3_600_000_000_000;

/// More counters than a user's requests usually touch in one window.
const MANY: usize = 1024;

impl EndpointLimits {
    /// Nothing is known but what the instance has published: GitLab.com a limit of its own for creating groups
    /// and projects, which would otherwise be met in the middle of a job.
    pub(crate) fn new(published: bool) -> Self {
        Self {
            windows: HashMap::new(),
            waiting: [0; 2],
            tidy_at: MANY,
            published,
        }
    }

    /// Counts a request, or says until when it has to wait.
    pub(crate) fn pass(&mut self, key: EndpointKey, lane: Lane, now: u64) -> Result<(), u64> {
        if self.windows.len() >= self.tidy_at && !self.windows.contains_key(&key) {
            self.windows.retain(|_, window| window.tells_something(now));
            self.tidy_at = MANY.max(2 * self.windows.len());
        }
        let (published, length) = key.class.published();
        let window = self.windows.entry(key).or_insert(Window {
            opened: now.cast_signed(),
            length: u64::try_from(length.as_nanos()).unwrap_or(u64::MAX),
            passed: 0,
            limit: self.published.then(|| key.class.daily()).flatten(),
            measured: 0,
            refused: false,
            shut_until: 0,
            waiting: [0; 2],
        });
        if window.shut_until > now {
            return Err(window.shut_until);
        }
        if now >= window.ends() {
            window.begin_again(now, published);
        }
        match window.limit {
            Some(limit) if window.passed >= open_to(limit, lane) => Err(window.ends()),
            _ => {
                window.passed += 1;
                Ok(())
            }
        }
    }

    /// A request that was counted has not left after all.
    pub(crate) fn not_sent(&mut self, key: EndpointKey, counted: u64) {
        if let Some(window) = self.windows.get_mut(&key)
            && window.opened <= counted.cast_signed()
        {
            window.passed = window.passed.saturating_sub(1);
        }
    }

    /// GitLab refused a request that had been let through, and says that its windows are `wait` long. Returns
    /// until when this one lasts.
    pub(crate) fn refused(&mut self, key: EndpointKey, now: u64, wait: u64) -> u64 {
        let Some(window) = self.windows.get_mut(&key) else {
            return now.saturating_add(wait);
        };
        window.passed = window.passed.saturating_sub(1);
        window.length = wait;
        let until = if window.passed > 0 && now < window.ends() {
            // Its beginning was our first request, or somebody else's before.
            window.limit = Some(window.limit.unwrap_or(u32::MAX).min(window.passed));
            window.measured += u32::from(!window.refused);
            window.ends()
        } else {
            // Others have used it up, or we have forgotten. When it began cannot be known.
            now.saturating_add(look_again(wait))
        };
        window.refused = true;
        window.shut_until = window.shut_until.max(until);
        window.shut_until
    }

    /// Somebody begins (or, with `false`, ends) to wait at this counter.
    pub(crate) fn waits(&mut self, key: EndpointKey, lane: Lane, begins: bool) {
        let Some(window) = self.windows.get_mut(&key) else {
            return;
        };
        let (here, anywhere) = (
            &mut window.waiting[lane as usize],
            &mut self.waiting[lane as usize],
        );
        if begins {
            *here += 1;
            *anywhere += 1;
        } else if *here > 0 {
            *here -= 1;
            *anywhere -= 1;
        }
    }

    /// What is known of windows that last for hours: it is worth telling another process.
    pub(crate) fn long(&self, now: Moment) -> Vec<LongLimit> {
        let long = |(key, window): (&EndpointKey, &Window)| {
            (key.is_only() && window.length >= LONG).then(|| LongLimit {
                endpoint: key.class,
                opened: now.timestamp(window.opened),
                length: Duration::from_nanos(window.length),
                passed: window.passed,
                limit: window.limit,
                measured: window.measured,
                refused: window.refused,
                shut_until: now.timestamp(window.shut_until.cast_signed()),
            })
        };
        self.windows.iter().filter_map(long).collect()
    }

    /// Takes in what another process has learned, or this one before it was started. Where both know something, what
    /// was learned here stays, and whatever GitLab has refused is waited for.
    pub(crate) fn heed(&mut self, told: &[LongLimit], now: Moment) {
        for told in told {
            let window = Window {
                opened: now.monotonic(told.opened),
                length: u64::try_from(told.length.as_nanos()).unwrap_or(u64::MAX),
                passed: told.passed,
                limit: told.limit,
                measured: told.measured,
                refused: told.refused,
                shut_until: u64::try_from(now.monotonic(told.shut_until)).unwrap_or(0),
                waiting: [0; 2],
            };
            match self.windows.entry(EndpointKey::only(told.endpoint)) {
                Entry::Vacant(unknown) => {
                    unknown.insert(window);
                }
                Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    known.limit = known.limit.or(window.limit);
                    known.measured = known.measured.max(window.measured);
                    known.shut_until = known.shut_until.max(window.shut_until);
                }
            }
        }
    }

    /// The counter at which somebody of this lane waits longest, and until when.
    pub(crate) fn waiting(&self, lane: Lane, now: u64) -> Option<(EndpointKey, u64)> {
        // Asked for every item of a job, with a window for each of many groups.
        if self.waiting[lane as usize] == 0 {
            return None;
        }
        self.windows
            .iter()
            .filter(|(_, window)| window.waiting[lane as usize] > 0)
            .map(|(key, window)| (*key, window.opens(now)))
            .max_by_key(|(_, until)| *until)
    }
}

impl Window {
    fn tells_something(&self, now: u64) -> bool {
        self.opens(now) > now || self.waiting != [0; 2]
    }

    /// When this window is over, a refusal's wait included.
    fn opens(&self, now: u64) -> u64 {
        self.shut_until.max(self.ends()).max(now)
    }

    fn ends(&self) -> u64 {
        let length = self.length.saturating_add(MARGIN);
        u64::try_from(self.opened.saturating_add_unsigned(length)).unwrap_or(0)
    }

    fn begin_again(&mut self, now: u64, published: u32) {
        // A limit learned in the middle of a window is too low. A window that was used up without a refusal shows
        // that there may be room.
        let used_up = self
            .limit
            .filter(|limit| self.passed >= open_to(*limit, Lane::Jobs));
        if self.measured <= 1 && self.length >= LONG {
            // At that pace it would take weeks.
            self.limit = self.limit.map(|limit| limit.max(published));
        } else if let (Some(limit), false, ..=1) = (used_up, self.refused, self.measured) {
            self.limit = Some(limit.saturating_add((limit / 4).max(1)).min(published.max(limit)));
        }
        self.refused = false;
        self.opened = now.cast_signed();
        self.passed = 0;
    }
}

/// How long to wait where it is not known when a window of this length began: GitLab tells only the length, and
/// asking in between does not make it longer.
fn look_again(length: u64) -> u64 {
    const LONG_ENOUGH: u64 = 300_000_000_000;
    length.min(LONG_ENOUGH.max(length / 24))
}

/// Jobs leave a fiftieth of each window, at least one request, to people.
fn open_to(limit: u32, lane: Lane) -> u32 {
    match lane {
        Lane::Jobs if limit > 4 => limit - (limit / 50).max(1),
        Lane::People | Lane::Jobs => limit,
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use http::Method;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn members_all() -> EndpointKey {
        EndpointKey::of(&Method::GET, "groups/1/members/all")
    }

    #[test]
    fn an_endpoint_is_free_until_gitlab_refuses_and_kept_within_its_limit_from_then_on() {
        let mut limits = EndpointLimits::new(false);
        for second in 0..40 {
            assert_eq!(limits.pass(members_all(), Lane::Jobs, second * SECOND), Ok(()));
        }
        // Two were under way when the limit of 38 was reached. The window began with the first of them.
        limits.refused(members_all(), 40 * SECOND, 60 * SECOND);
        limits.refused(members_all(), 40 * SECOND, 60 * SECOND);
        assert_eq!(
            limits.pass(members_all(), Lane::People, 41 * SECOND),
            Err(60 * SECOND + MARGIN)
        );
        let let_through = (0..60)
            .filter(|_| limits.pass(members_all(), Lane::Jobs, 61 * SECOND).is_ok())
            .count();
        assert_eq!(let_through, 37);
        assert_eq!(
            limits.pass(members_all(), Lane::Jobs, 62 * SECOND),
            Err(121 * SECOND + MARGIN)
        );
        assert_eq!(limits.pass(members_all(), Lane::People, 62 * SECOND), Ok(()));
    }

    #[test]
    fn other_endpoints_go_on() {
        let mut limits = EndpointLimits::new(false);
        limits.pass(members_all(), Lane::Jobs, 0).unwrap();
        limits.refused(members_all(), 0, 60 * SECOND);
        let other = EndpointKey::of(&Method::GET, "groups/1/projects");
        assert_eq!(limits.pass(other, Lane::Jobs, SECOND), Ok(()));
    }

    #[test]
    fn who_waits_can_be_seen() {
        let mut limits = EndpointLimits::new(false);
        limits.pass(members_all(), Lane::Jobs, 0).unwrap();
        limits.refused(members_all(), 0, 60 * SECOND);
        assert_eq!(limits.waiting(Lane::Jobs, SECOND), None);
        limits.waits(members_all(), Lane::Jobs, true);
        assert_eq!(
            limits.waiting(Lane::Jobs, SECOND),
            Some((members_all(), 60 * SECOND + MARGIN))
        );
        assert_eq!(limits.waiting(Lane::People, SECOND), None);
        limits.waits(members_all(), Lane::Jobs, false);
        assert_eq!(limits.waiting(Lane::Jobs, SECOND), None);
    }

    #[test]
    fn counters_that_tell_nothing_any_more_are_forgotten() {
        let mut limits = EndpointLimits::new(false);
        for group in 0..100_000_u64 {
            let key = EndpointKey::of(&Method::DELETE, &format!("groups/{group}/members/1"));
            limits.pass(key, Lane::Jobs, group * SECOND / 10).unwrap();
        }
        assert!(limits.windows.len() < 3_000, "{}", limits.windows.len());
    }

    #[test]
    fn a_limit_learned_too_low_recovers_up_to_the_published_one() {
        let mut limits = EndpointLimits::new(false);
        (0..5).for_each(|_| limits.pass(members_all(), Lane::People, 0).unwrap());
        limits.refused(members_all(), 0, 60 * SECOND);
        let mut let_through = 0;
        for window in 1..40 {
            let now = window * 61 * SECOND;
            let_through = (0..500)
                .filter(|_| limits.pass(members_all(), Lane::People, now).is_ok())
                .count();
        }
        assert_eq!(let_through, 200);
    }

    #[test]
    fn a_limit_measured_twice_is_believed() {
        let mut limits = EndpointLimits::new(false);
        // The instance lets through 30 a window; half of the first one was used before we came.
        let mut refusals = 0;
        for window in 0..20 {
            let now = window * 61 * SECOND;
            let mut open = if window == 0 { 15 } else { 30 };
            while limits.pass(members_all(), Lane::People, now).is_ok() {
                if open == 0 {
                    limits.refused(members_all(), now, 60 * SECOND);
                    refusals += 1;
                } else {
                    open -= 1;
                }
            }
        }
        assert_eq!(refusals, 2);
    }

    fn create_project() -> EndpointKey {
        EndpointKey::of(&Method::POST, "projects")
    }

    const HOUR: u64 = 3_600 * SECOND;

    #[test]
    fn gitlab_coms_daily_limit_is_kept_before_it_is_met() {
        let mut limits = EndpointLimits::new(true);
        let through = (0..300)
            .filter(|second| limits.pass(create_project(), Lane::Jobs, second * SECOND).is_ok())
            .count();
        assert_eq!(through, 196, "and four for people");
        assert_eq!(
            limits.pass(create_project(), Lane::Jobs, HOUR),
            Err(24 * HOUR + MARGIN)
        );
        assert_eq!(limits.pass(create_project(), Lane::People, HOUR), Ok(()));
        assert_eq!(limits.pass(create_project(), Lane::Jobs, 25 * HOUR), Ok(()));
    }

    #[test]
    fn a_daily_limit_that_is_met_is_waited_for_until_its_own_day_is_over() {
        let mut limits = EndpointLimits::new(false);
        (0..51).for_each(|_| limits.pass(create_project(), Lane::Jobs, HOUR).unwrap());
        assert_eq!(
            limits.refused(create_project(), 3 * HOUR, 24 * HOUR),
            25 * HOUR + MARGIN
        );
        // What was used before we came is not known: what is published is tried next, and a second measure believed.
        let day = |limits: &mut EndpointLimits, now| {
            (0..300)
                .filter(|_| limits.pass(create_project(), Lane::Jobs, now).is_ok())
                .count()
        };
        assert_eq!(day(&mut limits, 26 * HOUR), 196);
        (0..46).for_each(|_| {
            limits.refused(create_project(), 27 * HOUR, 24 * HOUR);
        });
        assert_eq!(day(&mut limits, 51 * HOUR), 147);
    }

    #[test]
    fn a_day_that_others_have_used_up_is_asked_after_every_hour() {
        let mut limits = EndpointLimits::new(false);
        limits.pass(create_project(), Lane::Jobs, 0).unwrap();
        assert_eq!(limits.refused(create_project(), SECOND, 24 * HOUR), HOUR + SECOND);
        limits.pass(create_project(), Lane::Jobs, HOUR + SECOND).unwrap();
        assert_eq!(
            limits.refused(create_project(), HOUR + 2 * SECOND, 24 * HOUR),
            2 * HOUR + 2 * SECOND
        );
    }

    #[test]
    fn what_was_learned_of_a_day_holds_in_a_process_that_begins_in_the_middle_of_it() {
        let mut limits = EndpointLimits::new(false);
        (0..60).for_each(|_| limits.pass(create_project(), Lane::Jobs, HOUR).unwrap());
        for _ in 0..10 {
            limits.refused(create_project(), 3 * HOUR, 24 * HOUR);
        }
        limits.pass(members_all(), Lane::Jobs, 3 * HOUR).unwrap();
        let noon = Timestamp::from_millis(1_000_000_000_000);
        let told = limits.long(Moment::new(3 * HOUR, noon));
        assert_eq!(told.len(), 1, "what lasts for a minute is not worth it: {told:?}");

        // Another process began half an hour ago.
        let mut limits = EndpointLimits::new(false);
        let now = HOUR / 2;
        let half_an_hour_later = Moment::new(now, noon.plus(Duration::from_mins(30)));
        limits.heed(&told, half_an_hour_later);
        let opens = now + 21 * HOUR + HOUR / 2 + MARGIN;
        for lane in [Lane::Jobs, Lane::People] {
            assert_eq!(limits.pass(create_project(), lane, now), Err(opens));
        }
        assert_eq!(limits.long(half_an_hour_later), told, "it is told on as it was");
        limits.heed(&told, half_an_hour_later);
        assert_eq!(
            limits.long(half_an_hour_later),
            told,
            "also when it is told twice"
        );
        assert_eq!(limits.pass(create_project(), Lane::Jobs, opens), Ok(()));
    }

    #[test]
    fn a_request_that_did_not_leave_is_not_counted() {
        let mut limits = EndpointLimits::new(true);
        for _ in 0..1_000 {
            limits.pass(create_project(), Lane::Jobs, SECOND).unwrap();
            limits.not_sent(create_project(), SECOND);
        }
    }
}
