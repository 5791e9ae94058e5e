use std::collections::HashMap;

use super::Lane;
use super::endpoint_class::EndpointKey;

/// What this user's requests have learned about the application limiter, which tells nothing until it refuses.
///
/// Every request is counted in a window that opens with the first one, as GitLab counts. The first refusal
/// tells how many GitLab lets through; from then on the rest of a window is waited for instead of being
/// refused again. All times are nanoseconds of the monotonic clock.
#[derive(Debug)]
pub(crate) struct EndpointLimits {
    windows: HashMap<EndpointKey, Window>,
    /// At how many counters those that tell nothing any more are dropped.
    tidy_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    opened: u64,
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

/// More counters than a user's requests usually touch in one window.
const MANY: usize = 1024;

impl Default for EndpointLimits {
    fn default() -> Self {
        Self {
            windows: HashMap::new(),
            tidy_at: MANY,
        }
    }
}

impl EndpointLimits {
    /// Counts a request, or says until when it has to wait.
    pub(crate) fn pass(&mut self, key: EndpointKey, lane: Lane, now: u64) -> Result<(), u64> {
        if self.windows.len() >= self.tidy_at && !self.windows.contains_key(&key) {
            self.windows.retain(|_, window| window.tells_something(now));
            self.tidy_at = MANY.max(2 * self.windows.len());
        }
        let (published, length) = key.class.published();
        let window = self.windows.entry(key).or_insert(Window {
            opened: now,
            length: u64::try_from(length.as_nanos()).unwrap_or(u64::MAX),
            passed: 0,
            limit: None,
            measured: 0,
            refused: false,
            shut_until: 0,
            waiting: [0; 2],
        });
        if window.shut_until > now {
            return Err(window.shut_until);
        }
        if now >= window.opened.saturating_add(window.length) {
            window.begin_again(now, published);
        }
        match window.limit {
            Some(limit) if window.passed >= open_to(limit, lane) => {
                Err(window.opened.saturating_add(window.length))
            }
            _ => {
                window.passed += 1;
                Ok(())
            }
        }
    }

    /// GitLab refused a request that had been let through, and asks to wait for the whole window.
    pub(crate) fn refused(&mut self, key: EndpointKey, now: u64, wait: u64) {
        if let Some(window) = self.windows.get_mut(&key) {
            window.passed = window.passed.saturating_sub(1);
            window.limit = Some(window.limit.unwrap_or(u32::MAX).min(window.passed).max(1));
            window.length = wait;
            window.measured += u32::from(!window.refused);
            window.refused = true;
            window.shut_until = window.shut_until.max(now.saturating_add(wait));
        }
    }

    /// Somebody begins (or, with `false`, ends) to wait at this counter.
    pub(crate) fn waits(&mut self, key: EndpointKey, lane: Lane, begins: bool) {
        if let Some(window) = self.windows.get_mut(&key) {
            let waiting = &mut window.waiting[lane as usize];
            *waiting = if begins {
                *waiting + 1
            } else {
                waiting.saturating_sub(1)
            };
        }
    }

    /// The counter at which somebody of this lane waits longest, and until when.
    pub(crate) fn waiting(&self, lane: Lane, now: u64) -> Option<(EndpointKey, u64)> {
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
        let ends = self.opened.saturating_add(self.length);
        self.shut_until.max(ends).max(now)
    }

    fn begin_again(&mut self, now: u64, published: u32) {
        // A limit learned in the middle of a window is too low. A window that was used up without a refusal shows
        // that there may be room.
        let used_up = self
            .limit
            .filter(|limit| self.passed >= open_to(*limit, Lane::Jobs));
        if let (Some(limit), false, ..=1) = (used_up, self.refused, self.measured) {
            self.limit = Some(limit.saturating_add((limit / 4).max(1)).min(published.max(limit)));
        }
        self.refused = false;
        self.opened = now;
        self.passed = 0;
    }
}

/// Jobs leave a twentieth of each window to people.
fn open_to(limit: u32, lane: Lane) -> u32 {
    match lane {
        Lane::Jobs if limit > 4 => limit - (limit / 20).max(1),
        Lane::People | Lane::Jobs => limit,
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn members_all() -> EndpointKey {
        EndpointKey::of(&Method::GET, "groups/1/members/all")
    }

    #[test]
    fn an_endpoint_is_free_until_gitlab_refuses_and_kept_within_its_limit_from_then_on() {
        let mut limits = EndpointLimits::default();
        for second in 0..40 {
            assert_eq!(limits.pass(members_all(), Lane::Jobs, second * SECOND), Ok(()));
        }
        // Two were under way when the limit of 38 was reached.
        limits.refused(members_all(), 40 * SECOND, 60 * SECOND);
        limits.refused(members_all(), 40 * SECOND, 60 * SECOND);
        assert_eq!(
            limits.pass(members_all(), Lane::People, 41 * SECOND),
            Err(100 * SECOND)
        );
        let let_through = (0..60)
            .filter(|_| limits.pass(members_all(), Lane::Jobs, 101 * SECOND).is_ok())
            .count();
        assert_eq!(let_through, 37);
        assert_eq!(
            limits.pass(members_all(), Lane::Jobs, 102 * SECOND),
            Err(161 * SECOND)
        );
        assert_eq!(limits.pass(members_all(), Lane::People, 102 * SECOND), Ok(()));
    }

    #[test]
    fn other_endpoints_go_on() {
        let mut limits = EndpointLimits::default();
        limits.pass(members_all(), Lane::Jobs, 0).unwrap();
        limits.refused(members_all(), 0, 60 * SECOND);
        let other = EndpointKey::of(&Method::GET, "groups/1/projects");
        assert_eq!(limits.pass(other, Lane::Jobs, SECOND), Ok(()));
    }

    #[test]
    fn who_waits_can_be_seen() {
        let mut limits = EndpointLimits::default();
        limits.pass(members_all(), Lane::Jobs, 0).unwrap();
        limits.refused(members_all(), 0, 60 * SECOND);
        assert_eq!(limits.waiting(Lane::Jobs, SECOND), None);
        limits.waits(members_all(), Lane::Jobs, true);
        assert_eq!(
            limits.waiting(Lane::Jobs, SECOND),
            Some((members_all(), 60 * SECOND))
        );
        assert_eq!(limits.waiting(Lane::People, SECOND), None);
        limits.waits(members_all(), Lane::Jobs, false);
        assert_eq!(limits.waiting(Lane::Jobs, SECOND), None);
    }

    #[test]
    fn counters_that_tell_nothing_any_more_are_forgotten() {
        let mut limits = EndpointLimits::default();
        for group in 0..100_000_u64 {
            let key = EndpointKey::of(&Method::DELETE, &format!("groups/{group}/members/1"));
            limits.pass(key, Lane::Jobs, group * SECOND / 10).unwrap();
        }
        assert!(limits.windows.len() < 3_000, "{}", limits.windows.len());
    }

    #[test]
    fn a_limit_learned_too_low_recovers_up_to_the_published_one() {
        let mut limits = EndpointLimits::default();
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
        let mut limits = EndpointLimits::default();
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
}
