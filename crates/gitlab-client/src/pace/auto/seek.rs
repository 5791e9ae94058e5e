use super::SECOND;
use crate::pace::Rate;

/// How much is used of a limit that was counted, and of a rate that was tried.
const SHARE_OF_COUNTED: f64 = 0.98;
const SHARE_OF_TRIED: f64 = 0.995;

/// In how many seconds the rate grows by a factor of e: while nothing is known, and above what was found.
const GROWTH: f64 = 3.0;
const CAREFUL_GROWTH: f64 = 30.0;

/// So much faster than what was refused a window is filled, to count what fits into it.
const FILLING: f64 = 1.25;

/// In windows that end sooner, in seconds, a count would be too far from the truth: their ends are known to a
/// second only.
const SHORT: f64 = 4.5;

/// If a window lasts longer than that it is not filled once more: people would have to wait for its end.
const LONG_WAIT: u64 = 120 * SECOND;

/// What passes and what is refused are near enough to each other.
const PRECISE: f64 = 1.02;

/// A rate passes that was not refused for so many windows.
const PASSES_AFTER: f64 = 2.5;

/// When nothing is known to pass, so much of what was refused is taken to.
const LOWER: f64 = 0.6;
const A_LITTLE_LESS: f64 = 0.9;

/// What comes so close to what was found before is the same.
const SAME: f64 = 0.05;

/// How long what was found is kept to before going faster is tried again; doubles when it is found again.
const HOLD: u64 = 300 * SECOND;
const LONGEST_HOLD: u64 = 1800 * SECOND;

/// Growth is counted in steps no longer than that, so that a pause is none.
const LONGEST_STEP: u64 = SECOND / 4;

/// Requests that were not held back for so long say nothing about the limit.
const SLACK: u64 = 10 * SECOND;

/// Faster than any instance answers, slower than any that can be expected.
const MOST: f64 = 10_000.0;
const LEAST: f64 = 1.0 / 60.0;

/// Finds the limit of an instance that does not tell it.
///
/// A limit is a number of requests in a window of fixed length; neither is known. The rate grows until something
/// is refused. The next window is then filled from its beginning, faster than it allows: what passed is its
/// number exactly, and from one end to the next is its length, to a second. That costs nothing, since what
/// the window allows is used all the same. The lengths of short windows cannot be told in this way: there, rates between
/// one that passes and one that is refused are tried until the two are near to each other.
#[derive(Debug)]
pub(super) struct Seek {
    rate: f64,
    state: State,
    held: u64,
    grew_at: u64,
    /// Somebody waited for the rate since it grew last.
    held_back: bool,
    last_held_back: Option<u64>,
    sent: u64,
    /// Since when the rate was used without a break, and what has left since.
    from: u64,
    passed: u64,
    /// Requests that had left when the last refusal came: their refusals belong to it.
    through: u64,
    /// What was found last.
    found: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Goes faster and faster.
    Growing,
    /// Fills a window from its beginning.
    Filling,
    /// Tries a rate between these two, in windows of about so many seconds.
    Narrowing {
        passes: f64,
        /// It has been tried; else it is a guess.
        tried: bool,
        refused: f64,
        window: f64,
    },
    /// Keeps to what was found, in windows of so many seconds.
    Keeping {
        until: u64,
        /// What one of them lets through, if that was counted.
        counted: Option<u64>,
        window: f64,
    },
}

impl Seek {
    pub(super) fn new() -> Self {
        Self {
            rate: Rate::CAREFUL,
            state: State::Growing,
            held: 0,
            grew_at: 0,
            held_back: false,
            last_held_back: None,
            sent: 0,
            from: 0,
            passed: 0,
            through: 0,
            found: None,
        }
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// The rate, once something was refused.
    pub(super) fn limited_rate(&self) -> Option<f64> {
        (!matches!(self.state, State::Growing)).then_some(self.rate)
    }

    /// Begins anew, at this rate.
    pub(super) fn begin_at(&mut self, now: u64, rate: f64) {
        *self = Self {
            rate: rate.clamp(LEAST, MOST),
            sent: self.sent,
            through: self.sent,
            grew_at: now,
            from: now,
            ..Self::new()
        };
    }

    pub(super) fn sent(&mut self) {
        self.sent += 1;
        self.passed += 1;
    }

    pub(super) fn held_back(&mut self, now: u64) {
        let used = |last: u64| last.max(self.from).saturating_add(SLACK) >= now;
        if !self.last_held_back.is_some_and(used) {
            self.begin_counting(now);
        }
        self.last_held_back = Some(now);
        self.held_back = true;
    }

    /// An answer that is no refusal.
    pub(super) fn let_pass(&mut self, now: u64) {
        let step = now.saturating_sub(self.grew_at).min(LONGEST_STEP);
        self.grew_at = now;
        if !std::mem::take(&mut self.held_back) {
            return;
        }
        match self.state {
            State::Growing => self.grow(step, GROWTH),
            State::Narrowing { refused, window, .. }
                if seconds(now.saturating_sub(self.from)) >= PASSES_AFTER * window =>
            {
                self.narrow(now, Some(self.rate), refused, window);
            }
            State::Keeping { until, .. } if now >= until => self.grow(step, CAREFUL_GROWTH),
            State::Filling | State::Narrowing { .. } | State::Keeping { .. } => {}
        }
    }

    /// The throttle refused a request, for `wait`.
    pub(super) fn refused(&mut self, now: u64, wait: u64, serial: u64) {
        if serial <= self.through || now < self.from {
            self.one_less_was_let_through();
            return;
        }
        let opens = now.saturating_add(wait);
        let lasted = seconds(opens.saturating_sub(self.from)).max(1.0);
        match self.state {
            State::Narrowing {
                passes,
                tried,
                window,
                ..
            } => {
                let passes = Some(passes).filter(|passes| tried && *passes < self.rate);
                self.narrow(opens, passes, self.rate, window);
            }
            // A little less at first: it may have been a way that took its time.
            State::Keeping {
                counted: None,
                window,
                until,
            } if now < until => self.narrow_from(opens, self.rate * A_LITTLE_LESS, self.rate, window),
            State::Keeping {
                counted: None,
                window,
                ..
            } => {
                let passes = self
                    .found
                    .unwrap_or(self.rate * LOWER)
                    .min(self.rate * A_LITTLE_LESS);
                self.narrow_from(opens, passes, self.rate, window);
            }
            State::Filling if lasted > SHORT => self.keep_to_counted(opens, likeliest(lasted)),
            State::Filling => {
                self.narrow_from(
                    opens,
                    self.rate / FILLING * LOWER,
                    self.rate / FILLING,
                    lasted.min(SHORT),
                );
            }
            // Others take their part of every window, or it lets through less than before.
            State::Keeping { until, .. } if now < until => self.keep_to_counted(opens, lasted),
            State::Growing | State::Keeping { .. } if wait > LONG_WAIT => {
                self.keep_to_counted(opens, lasted);
            }
            State::Growing | State::Keeping { .. } => {
                self.rate = (self.rate * FILLING).min(MOST);
                self.state = State::Filling;
            }
        }
        self.begin_counting(opens);
        self.through = self.sent;
    }

    /// A request that was under way when the window was found to be full was refused too.
    fn one_less_was_let_through(&mut self) {
        if let State::Keeping {
            counted: Some(counted),
            window,
            ..
        } = &mut self.state
        {
            *counted = counted.saturating_sub(1).max(1);
            self.rate = rate_of(*counted, *window);
        }
    }

    fn begin_counting(&mut self, from: u64) {
        self.from = from;
        self.passed = 0;
    }

    fn grow(&mut self, step: u64, slowness: f64) {
        self.rate = (self.rate * (1.0 + seconds(step) / slowness)).min(MOST);
    }

    /// The window that ends at `opens`, and was so long, has let through what was counted.
    fn keep_to_counted(&mut self, opens: u64, window: f64) {
        let counted = self.passed.saturating_sub(1).max(1);
        self.rate = rate_of(counted, window);
        self.keep(opens, Some(counted), window);
    }

    /// Tries the middle of a rate that passes (`None`: none is known) and one that is refused, until they are near.
    fn narrow(&mut self, from: u64, passes: Option<f64>, refused: f64, window: f64) {
        match passes {
            Some(passes) if refused <= passes * PRECISE => {
                self.begin_counting(from);
                self.rate = (passes * SHARE_OF_TRIED).clamp(LEAST, MOST);
                self.keep(from, None, window);
            }
            tried => {
                self.narrow_from(from, tried.unwrap_or(refused * LOWER), refused, window);
                if let State::Narrowing { tried: known, .. } = &mut self.state {
                    *known = tried.is_some();
                }
            }
        }
    }

    /// Tries the middle of a rate that may pass and one that is refused.
    fn narrow_from(&mut self, from: u64, passes: f64, refused: f64, window: f64) {
        self.begin_counting(from);
        self.rate = (passes * refused).sqrt().clamp(LEAST, MOST);
        self.state = State::Narrowing {
            passes,
            tried: false,
            refused,
            window,
        };
    }

    fn keep(&mut self, from: u64, counted: Option<u64>, window: f64) {
        let same = self
            .found
            .is_some_and(|found| (found - self.rate).abs() <= found * SAME);
        self.held = match self.held {
            held if same => (held * 2).min(LONGEST_HOLD),
            _ => HOLD,
        };
        self.found = Some(self.rate);
        self.state = State::Keeping {
            until: from.saturating_add(self.held),
            counted,
            window,
        };
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
fn rate_of(counted: u64, window: f64) -> f64 {
    (counted as f64 / window * SHARE_OF_COUNTED).clamp(LEAST, MOST)
}

/// The length, in whole seconds and less than a second from this one, that people choose for a window.
fn likeliest(seconds: f64) -> f64 {
    [3600.0, 60.0, 30.0, 15.0, 10.0, 5.0]
        .into_iter()
        .map(|unit: f64| ((seconds + 1.0) / unit).floor() * unit)
        .find(|chosen| *chosen > 0.0 && (chosen - seconds).abs() < 1.0)
        .unwrap_or_else(|| seconds.round())
}

fn seconds(nanos: u64) -> f64 {
    std::time::Duration::from_nanos(nanos).as_secs_f64()
}
