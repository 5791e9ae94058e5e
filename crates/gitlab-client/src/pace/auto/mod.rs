//! Finds an instance's limit and stays below it (`GITLAB_API_RATE_LIMIT=auto`).
//!
//! An instance that sends `RateLimit-*` headers is believed ([`told`]). One that sends none is tried out
//! ([`seek`]): faster while nothing is refused and the rate is what holds requests back, and just below what
//! was measured once it has refused. Pure: told what happens and when, it says how fast to go.

mod seek;
mod told;

use seek::Seek;
use told::Told;

use super::answer_headers::QuotaReport;

/// So long, and for so many answers, an instance that told its limit has to be silent before it is tried out:
/// its throttle was turned off.
const SILENCE: u64 = 60 * SECOND;
const SILENT_ANSWERS: u32 = 20;

/// So long after a refusal of an instance that tells its limit, nothing but its own count is trusted.
const TRUSTED_AGAIN: u64 = 300 * SECOND;

const SECOND: u64 = 1_000_000_000;

/// What an answer says about the limit of all a user's requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct News<'a> {
    /// How many requests had been let through when the answered one was, itself included.
    pub(crate) serial: u64,
    /// What its headers say.
    pub(crate) report: Option<&'a QuotaReport>,
    /// It has no header about any throttle.
    pub(crate) silent: bool,
    /// The request throttle refused it, for so many nanoseconds.
    pub(crate) refused: Option<u64>,
    /// Nanoseconds from when it was let through to the answer.
    pub(crate) took: u64,
}

/// A rate that follows what the instance does. All times are nanoseconds of the monotonic clock.
#[derive(Debug)]
pub(crate) struct Auto {
    told: Option<Told>,
    seek: Seek,
    last_told: u64,
    silent_answers: u32,
    /// When an instance that tells its limit refused something.
    refused_at: Option<u64>,
}

impl Auto {
    pub(crate) fn new() -> Self {
        Self {
            told: None,
            seek: Seek::new(),
            last_told: 0,
            silent_answers: 0,
            refused_at: None,
        }
    }

    /// A request leaves.
    pub(crate) fn sent(&mut self) {
        self.seek.sent();
    }

    /// Somebody has to wait because of the rate.
    pub(crate) fn held_back(&mut self, now: u64) {
        self.seek.held_back(now);
    }

    /// Takes in an answer.
    pub(crate) fn answered(&mut self, now: u64, news: &News<'_>) {
        if let Some(report) = news.report {
            self.last_told = now;
            self.silent_answers = 0;
            self.told.get_or_insert_default().learn(report);
        } else if news.silent && self.told.is_some() {
            self.silent_answers += 1;
            if self.silent_answers >= SILENT_ANSWERS && now.saturating_sub(self.last_told) > SILENCE {
                self.seek.begin_at(now, self.rate());
                self.told = None;
            }
        }
        match news.refused {
            // Somebody in front of it has a limit of its own and tells nothing.
            Some(wait) if news.silent || self.told.is_none() => self.seek.refused(now, wait, news.serial),
            // What an instance refuses that tells its limit, others have used up.
            Some(_) => self.refused_at = Some(now),
            None => self.seek.let_pass(now),
        }
    }

    /// Whether keeping to the rate keeps to the limit that the instance tells: nobody else uses it, and it has not
    /// refused anything for minutes.
    pub(crate) fn keeps_to_what_is_told(&self, now: u64) -> bool {
        self.told.as_ref().is_some_and(Told::has_no_others)
            && self
                .refused_at
                .is_none_or(|at| now.saturating_sub(at) > TRUSTED_AGAIN)
    }

    /// Requests a second from now on.
    pub(crate) fn rate(&self) -> f64 {
        match (&self.told, self.seek.limited_rate()) {
            (Some(told), Some(seek)) => told.rate().min(seek),
            (Some(told), None) => told.rate(),
            (None, _) => self.seek.rate(),
        }
    }
}

#[cfg(test)]
mod tests;
