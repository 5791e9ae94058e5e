use super::SECOND;
use crate::pace::Rate;

/// How much of what was measured is used.
const SHARE: f64 = 0.98;

/// Refused after nearly as much as was expected to be let through, the measure becomes this much of itself:
/// the way to the instance is uneven, or it was not quite exact.
const NEARLY: f64 = 0.8;
const LESS: f64 = 0.99;

/// Counted by seconds that are not quite the instance's, no more than so much may have been missed.
const OVERSHOT: f64 = 1.03;

/// No measure taken in the last second of a longer window, or shortly after a reopening, makes it slower by more:
/// either may have been taken for the other.
const LEAST_OF_LONGER: f64 = 0.92;
const LEAST_AFTER_REOPENING: f64 = 0.7;

/// In how many seconds the rate grows by a factor of e: while nothing is known, and above what was measured.
const GROWTH: f64 = 3.0;
const CAREFUL_GROWTH: f64 = 30.0;

/// So far above what was once refused, the limit is no longer what it was.
const OUTGROWN: f64 = 1.25;

/// A measure that comes so close to the one before confirms it.
const SAME: f64 = 0.05;

/// How long a measure is kept to before going faster is tried again: a first one, and a confirmed one, for
/// which it doubles up to the longest.
const HOLD: u64 = 5 * SECOND;
const CONFIRMED_HOLD: u64 = 300 * SECOND;
const LONGEST_HOLD: u64 = 1800 * SECOND;

/// GitLab's wait is in whole seconds: one so short says that the windows are, or nothing at all.
const SHORT_WAIT: u64 = SECOND;

/// Growth is counted in steps no longer than that, so that a pause is none.
const LONGEST_STEP: u64 = SECOND / 4;

/// Requests that were not held back for so long say nothing about the limit.
const SLACK: u64 = 10 * SECOND;

/// Faster than any instance answers, slower than any that can be expected.
const MOST: f64 = 10_000.0;
const LEAST: f64 = 1.0 / 60.0;

/// Finds the limit of an instance that does not tell it.
///
/// A limit is a number of requests in a window of fixed length; neither is known. What is refused tells how
/// many went through before and, in `Retry-After`, how long it is to the window's end. From one reopening to
/// the next that is a measure of whole windows, and exact. Windows of a second are measured with GitLab's
/// clock, whose seconds they are.
#[derive(Debug)]
pub(super) struct Seek {
    rate: f64,
    /// What was measured, in requests a second.
    limit: Option<f64>,
    /// When growing may begin again, and how long the last confirmed measure was held.
    hold_until: u64,
    held: u64,
    grew_at: u64,
    /// Somebody waited for the rate since it grew last.
    held_back: bool,
    last_held_back: Option<u64>,
    sent: u64,
    stretch: Stretch,
    seconds: Seconds,
    /// What the present refusal measures, corrected while answers to requests of the same moment come in.
    episode: Option<Episode>,
}

/// A stretch of time in which the rate was used.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    from: u64,
    passed: u64,
    /// It began when the instance let requests through again: with a window.
    whole: bool,
}

/// Requests by the seconds of GitLab's clock.
#[derive(Clone, Copy, Debug, Default)]
struct Seconds {
    /// GitLab's clock minus ours, in nanoseconds.
    ahead: i64,
    second: i64,
    this: u64,
    before: u64,
}

#[derive(Clone, Copy, Debug)]
struct Episode {
    /// Requests that had left when the first refusal came: theirs belong to it.
    through: u64,
    passed: f64,
    seconds: f64,
}

impl Seek {
    pub(super) fn new() -> Self {
        Self {
            rate: Rate::CAREFUL,
            limit: None,
            hold_until: 0,
            held: 0,
            grew_at: 0,
            held_back: false,
            last_held_back: None,
            sent: 0,
            stretch: Stretch::default(),
            seconds: Seconds::default(),
            episode: None,
        }
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// The rate, once something was refused.
    pub(super) fn limited_rate(&self) -> Option<f64> {
        self.limit.map(|_| self.rate)
    }

    /// Begins anew, at this rate.
    pub(super) fn begin_at(&mut self, now: u64, rate: f64) {
        *self = Self {
            rate: rate.clamp(LEAST, MOST),
            sent: self.sent,
            seconds: self.seconds,
            grew_at: now,
            ..Self::new()
        };
    }

    pub(super) fn synchronise(&mut self, now: u64, gitlab_now: i64) {
        self.seconds.ahead = gitlab_now.saturating_sub_unsigned(now);
    }

    pub(super) fn sent(&mut self, now: u64) {
        self.sent += 1;
        self.stretch.passed += 1;
        self.seconds.count(now);
    }

    pub(super) fn held_back(&mut self, now: u64) {
        let used = |last: u64| last.max(self.stretch.from).saturating_add(SLACK) >= now;
        if !self.last_held_back.is_some_and(used) {
            self.stretch = Stretch {
                from: now,
                ..Stretch::default()
            };
        }
        self.last_held_back = Some(now);
        self.held_back = true;
    }

    /// An answer that is no refusal.
    pub(super) fn let_pass(&mut self, now: u64) {
        let step = now.saturating_sub(self.grew_at).min(LONGEST_STEP);
        self.grew_at = now;
        let used = std::mem::take(&mut self.held_back);
        if !used || now < self.hold_until {
            return;
        }
        if self.limit.is_some_and(|limit| self.rate > limit * OUTGROWN) {
            self.limit = None;
            self.held = 0;
        }
        let growth = if self.limit.is_some() {
            CAREFUL_GROWTH
        } else {
            GROWTH
        };
        self.rate = (self.rate * (1.0 + seconds(step) / growth)).min(MOST);
    }

    /// The throttle refused a request, for `wait`.
    pub(super) fn refused(&mut self, now: u64, wait: u64, serial: u64) {
        if let Some(episode) = &mut self.episode
            && (serial <= episode.through || now < self.stretch.from)
        {
            if episode.seconds > 1.0 {
                episode.passed = (episode.passed - 1.0).max(0.0);
                let estimate = episode.passed / episode.seconds;
                self.keep_to(estimate);
            }
            return;
        }
        let short = wait <= SHORT_WAIT;
        let opens = now.saturating_add(wait);
        let measure = if short {
            self.measure_seconds(now)
        } else {
            self.measure_stretch(opens)
        };
        let episode = Episode {
            through: self.sent,
            ..measure
        };
        let estimate = episode.passed / episode.seconds;
        let same = self
            .limit
            .is_some_and(|limit| (estimate - limit).abs() <= limit * SAME);
        let hold = if same || (self.stretch.whole && !short) {
            if now >= self.hold_until {
                self.held *= 2;
            }
            self.held = self.held.clamp(CONFIRMED_HOLD, LONGEST_HOLD);
            self.held
        } else {
            self.held = 0;
            HOLD
        };
        self.hold_until = opens.saturating_add(hold);
        self.stretch = Stretch {
            from: opens,
            passed: 0,
            whole: true,
        };
        self.episode = Some(episode);
        self.keep_to(estimate);
    }

    /// Windows of which nothing but their number is missing: from one reopening to the next, or since we came.
    #[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
    fn measure_stretch(&self, opens: u64) -> Episode {
        Episode {
            through: self.sent,
            passed: self.stretch.passed.saturating_sub(1) as f64,
            seconds: seconds(opens.saturating_sub(self.stretch.from)).max(1.0),
        }
    }

    /// What went through in the present second, which is used up, or in the one before.
    ///
    /// Where our seconds are not quite the instance's, the truth is between that and the rate.
    #[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
    fn measure_seconds(&self, now: u64) -> Episode {
        let this = self.seconds.this.saturating_sub(1) as f64;
        let since_reopening = now.saturating_sub(self.stretch.from);
        let most = this.max(self.seconds.before as f64);
        let between = f64::midpoint(most, self.rate).clamp(most, most * OVERSHOT);
        let passed = match seconds(since_reopening) {
            _ if this > self.rate * NEARLY && now < self.hold_until => self.rate * LESS,
            _ if this > self.rate * NEARLY => between,
            // The last seconds of a longer window.
            5.0..120.0 if self.stretch.whole && self.limit.is_some() => {
                let average = self.stretch.passed as f64 / (seconds(since_reopening) + 0.5);
                average.clamp(self.rate * LEAST_OF_LONGER, self.rate)
            }
            // Seconds in which nothing was let through at first.
            ..2.0 if self.stretch.whole => this.max(self.rate * LEAST_AFTER_REOPENING),
            _ => between,
        };
        Episode {
            through: self.sent,
            passed,
            seconds: 1.0,
        }
    }

    fn keep_to(&mut self, estimate: f64) {
        self.limit = Some(estimate);
        self.rate = (estimate * SHARE).clamp(LEAST, MOST);
    }
}

impl Seconds {
    fn count(&mut self, now: u64) {
        let second = self
            .ahead
            .saturating_add_unsigned(now)
            .div_euclid(SECOND.cast_signed());
        if second != self.second {
            self.before = if second == self.second + 1 { self.this } else { 0 };
            self.second = second;
            self.this = 0;
        }
        self.this += 1;
    }
}

fn seconds(nanos: u64) -> f64 {
    std::time::Duration::from_nanos(nanos).as_secs_f64()
}
