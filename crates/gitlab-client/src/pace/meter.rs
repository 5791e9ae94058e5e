use std::str::FromStr;

/// How much later than its regular moment a request may still catch up: timers fire a millisecond or two
/// late, and what they lose must not be lost for the rate.
const CATCH_UP: u64 = 50_000_000;

/// What of a limiter's window may be caught up at most: in windows of a second, 50 ms would already be more than
/// what is left below the limit.
const CATCH_UP_PER_MILLE: u64 = 15;

/// What people may take in advance beyond one interval. Jobs then wait until it is paid back.
const PEOPLE_AHEAD: u64 = 200_000_000;

/// The longest interval, in nanoseconds: a rate below one request a day is taken for one a day.
const DAY: f64 = 86_400e9;

/// How fast requests may follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// So many requests a second; more than zero.
    PerSecond(f64),
    /// Follows what the instance says about its limits, or finds out what they are, and stays below.
    Auto,
    /// As fast as the instance answers. What it says about its limits is still kept.
    Unlimited,
}

impl Rate {
    /// What [`Rate::Auto`] begins with.
    pub const CAREFUL: f64 = 10.0;
}

/// The text is no rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a rate; allowed: a number of requests per second above 0, `auto` or `unlimited`")]
pub struct InvalidRate(pub String);

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "auto" => Ok(Self::Auto),
            "unlimited" => Ok(Self::Unlimited),
            number => match number.parse::<f64>() {
                Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(Self::PerSecond(rate)),
                _ => Err(InvalidRate(text.to_owned())),
            },
        }
    }
}

/// GCRA: the virtual-scheduling form of the leaky bucket. All times are nanoseconds of the monotonic clock.
///
/// In any stretch of `w` seconds at most `rate * (w + 0.05) + 1` requests pass (less than the 0.05 where the
/// instance counts in windows of a few seconds), and with people's requests `rate * (w + 0.25) + 2`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meter {
    /// Nanoseconds from one request to the next; 0 when there is no limit.
    interval: u64,
    /// When the next request is due if all keep to their interval ("theoretical arrival time").
    due: u64,
    /// How much later than due a request may catch up.
    catch_up: u64,
}

impl Meter {
    pub(crate) fn new(per_second: Option<f64>) -> Self {
        Self {
            interval: per_second.map_or(0, interval),
            due: 0,
            catch_up: CATCH_UP,
        }
    }

    pub(crate) fn set(&mut self, per_second: f64) {
        self.interval = interval(per_second);
    }

    /// The instance counts in windows of this length, in nanoseconds.
    pub(crate) fn fit_into(&mut self, window: u64) {
        self.catch_up = CATCH_UP.min(window / 1_000 * CATCH_UP_PER_MILLE);
    }

    /// Nanoseconds from one request to the next; 0 when there is no limit.
    pub(crate) fn interval(&self) -> u64 {
        self.interval
    }

    /// How late a request may be, in nanoseconds, and still be caught up with.
    pub(crate) fn catch_up(&self) -> u64 {
        self.catch_up
    }

    /// How far in advance a request of people may pass, in nanoseconds.
    pub(crate) fn people_ahead(&self) -> u64 {
        PEOPLE_AHEAD + self.interval
    }

    /// Requests may follow each other at once.
    pub(crate) fn is_unlimited(&self) -> bool {
        self.interval == 0
    }

    /// When a request may pass; now or earlier means at once.
    pub(crate) fn opens(&self, people: bool) -> u64 {
        let tolerance = if people {
            self.catch_up + self.people_ahead()
        } else {
            self.catch_up
        };
        self.due.saturating_sub(tolerance)
    }

    /// Counts a request that passes at `now`.
    pub(crate) fn take(&mut self, now: u64) {
        self.due = self.due.max(now).saturating_add(self.interval);
    }

    /// The same where this is one of several meters that have the rate together and know nothing of each other.
    pub(crate) fn take_one_of(&mut self, now: u64, meters: u32) {
        let interval = self.interval.saturating_mul(u64::from(meters));
        self.due = self.due.max(now).saturating_add(interval);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to between a nanosecond and a day"
)]
fn interval(per_second: f64) -> u64 {
    if per_second > 0.0 {
        (1e9 / per_second).clamp(1.0, DAY) as u64
    } else {
        DAY as u64
    }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "a test's numbers are far below 2^52")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the moments at which somebody asks, no stretch of time sees more than the rate and its allowance.
        #[test]
        fn no_stretch_of_time_sees_more_than_the_rate(
            per_second in 1_u32..500,
            pauses in proptest::collection::vec(0_u64..30_000_000, 50..400),
            stretch in 1_u64..5_000_000_000,
        ) {
            let rate = f64::from(per_second);
            let mut meter = Meter::new(Some(rate));
            let (mut now, mut passed) = (1_000_000_000, Vec::new());
            for pause in pauses {
                now += pause;
                if meter.opens(false) <= now {
                    meter.take(now);
                    passed.push(now);
                }
            }
            for (first, start) in passed.iter().enumerate() {
                let within = passed[first..].iter().take_while(|at| **at < start + stretch).count();
                let allowed = rate * (stretch as f64 / 1e9 + 0.05) + 1.0;
                prop_assert!(within as f64 <= allowed + 1e-6, "{within} in {stretch} ns, {allowed} allowed");
            }
        }
    }

    #[test]
    fn a_late_timer_costs_nothing_of_the_rate() {
        let mut meter = Meter::new(Some(100.0));
        let mut now = 0;
        for _ in 0..6000 {
            now = now.max(meter.opens(false)) + 1_500_000;
            meter.take(now);
        }
        let seconds = now as f64 / 1e9;
        assert!((59.9..60.1).contains(&seconds), "{seconds}");
    }

    #[test]
    fn rates_are_read_as_they_are_written_in_the_configuration() {
        assert_eq!("100".parse(), Ok(Rate::PerSecond(100.0)));
        assert_eq!(" 0.5 ".parse(), Ok(Rate::PerSecond(0.5)));
        assert_eq!("auto".parse(), Ok(Rate::Auto));
        assert_eq!("unlimited".parse(), Ok(Rate::Unlimited));
        for text in ["", "0", "-1", "NaN", "inf", "10/s", "none"] {
            assert_eq!(text.parse::<Rate>(), Err(InvalidRate(text.to_owned())));
        }
    }

    #[test]
    fn a_rate_that_is_none_is_the_slowest_and_not_the_fastest() {
        for nonsense in [0.0, -1.0, f64::NAN] {
            let mut meter = Meter::new(Some(nonsense));
            meter.take(0);
            assert!(meter.opens(false) > 80_000 * 1_000_000_000, "{nonsense}");
        }
    }

    #[test]
    fn without_a_limit_everything_passes_at_once() {
        let mut meter = Meter::new(None);
        for _ in 0..10 {
            assert_eq!(meter.opens(false), 0);
            meter.take(7);
        }
    }
}
