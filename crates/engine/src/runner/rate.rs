//! How fast a job goes, lately: what the progress bar and the expected end are made from.

use std::collections::VecDeque;
use std::time::Duration;

/// Over how much time the rate is averaged.
const WINDOW: Duration = Duration::from_secs(10);
/// How often it is told.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// Counts ended items in steps of a quarter second over the last ten seconds.
pub(super) struct RateMeter {
    steps: VecDeque<(Duration, u64)>,
    count: u64,
    told: Duration,
}

impl RateMeter {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            steps: VecDeque::from([(now, 0)]),
            count: 0,
            told: now,
        }
    }

    /// Counts one item; returns items per second when it is time to tell it.
    pub(super) fn ended_one(&mut self, now: Duration) -> Option<f64> {
        self.count += 1;
        if now.saturating_sub(self.told) < TELL_EVERY {
            return None;
        }
        self.told = now;
        self.steps.push_back((now, self.count));
        while self.steps.len() > 2 && now.saturating_sub(self.steps[1].0) >= WINDOW {
            self.steps.pop_front();
        }
        let &(since, before) = self.steps.front()?;
        let seconds = now.saturating_sub(since).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "counts of items are far below 2^52")]
        let items = (self.count - before) as f64;
        (seconds > 0.0).then(|| items / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_a_second_is_told_as_such_four_times_a_second() {
        let mut meter = RateMeter::new(Duration::ZERO);
        let told: Vec<f64> = (1..=2000)
            .filter_map(|step| meter.ended_one(Duration::from_millis(step * 10)))
            .collect();
        assert_eq!(told.len(), 80);
        assert!(told.iter().all(|rate| (rate - 100.0).abs() < 1e-6), "{told:?}");
    }
}
