use std::time::Duration;

use domain::{JobOptions, Timestamp};

use super::Past;

/// How many items may end before the next look or rest.
#[derive(Debug)]
pub(super) struct Waves {
    canary: usize,
    /// Whether a person has looked at the canary.
    looked_at: bool,
    /// Size of a wave, and the rest after it.
    batches: Option<(usize, Duration)>,
    ended: usize,
    last_ended: Timestamp,
    /// The rest after so many items is over.
    rested_after: usize,
}

/// Why no item begins though none is under way.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::runner) enum Barrier {
    /// A person is to have a look.
    Look(String),
    /// There is a rest until then.
    Rest(Timestamp, String),
}

impl Waves {
    /// `looked_at`: how many of these had ended when a person last said go on.
    pub(super) fn new(options: &JobOptions, history: &[Past], looked_at: usize) -> Self {
        let canary = options.canary.unwrap_or(0) as usize;
        Self {
            canary,
            looked_at: looked_at >= canary,
            batches: options.waves.as_ref().map(|waves| {
                (
                    waves.size.max(1) as usize,
                    Duration::from_secs(waves.pause_seconds.into()),
                )
            }),
            ended: history.len(),
            last_ended: history.last().map_or(Timestamp::from_millis(0), |past| past.at),
            rested_after: 0,
        }
    }

    pub(super) fn ended(&mut self, past: Past) {
        self.ended += 1;
        self.last_ended = self.last_ended.max(past.at);
    }

    /// How many items may still begin, those under way included.
    pub(super) fn room(&self) -> usize {
        if !self.looked_at {
            return self.canary.saturating_sub(self.ended);
        }
        match self.batches {
            None => usize::MAX,
            Some(_) if self.rests() => 0,
            Some((size, _)) => size - self.in_wave(size),
        }
    }

    pub(super) fn barrier(&self, now: Timestamp) -> Option<Barrier> {
        if !self.looked_at && self.ended >= self.canary {
            let first = match self.canary {
                1 => "the first item has".to_owned(),
                many => format!("the first {many} items have"),
            };
            return Some(Barrier::Look(format!(
                "{first} ended: have a look, then resume (canary)"
            )));
        }
        let (size, pause) = self.batches?;
        let until = self.last_ended.plus(pause);
        (self.rests() && until > now).then(|| {
            let reason = format!("a rest after {size} items (waves)");
            Barrier::Rest(until, reason)
        })
    }

    /// The rest is over, if it is time.
    pub(super) fn pass(&mut self, now: Timestamp) {
        if self.barrier(now).is_none() {
            self.rested_after = self.ended;
        }
    }

    /// Waves begin after the canary.
    fn in_wave(&self, size: usize) -> usize {
        self.ended.saturating_sub(self.canary) % size
    }

    fn rests(&self) -> bool {
        self.batches.is_some_and(|(size, _)| {
            self.ended > self.canary && self.in_wave(size) == 0 && self.rested_after != self.ended
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::ItemStatus;
    use proptest::prelude::*;

    use super::super::Limits;
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn succeeded(seconds: i64) -> Past {
        Past {
            status: ItemStatus::Succeeded,
            at: at(seconds),
        }
    }

    fn options(canary: Option<u32>, waves: Option<(u32, u32)>) -> JobOptions {
        JobOptions {
            canary,
            waves: waves.map(|(size, pause_seconds)| domain::Waves { size, pause_seconds }),
            ..JobOptions::default()
        }
    }

    fn limits(options: &JobOptions, history: Vec<Past>, resumed_at: Option<i64>) -> Limits {
        Limits::new(
            options,
            history,
            resumed_at.map(at),
            std::collections::HashSet::default(),
        )
    }

    #[test]
    fn a_canary_is_looked_at_once_and_also_when_the_process_died_before_it_could_say_so() {
        let three = options(Some(3), None);
        let mut first = limits(&three, Vec::new(), None);
        assert_eq!((0..10).filter(|item| first.begin(*item)).count(), 3);
        for item in 0..3 {
            assert_eq!(first.barrier(at(9)), None);
            assert_eq!(first.ended(item, Some(succeeded(1))), None);
        }
        assert!(matches!(first.barrier(at(9)), Some(Barrier::Look(_))));

        let history = || vec![succeeded(1); 3];
        assert!(matches!(
            limits(&three, history(), None).barrier(at(9)),
            Some(Barrier::Look(_))
        ));
        let mut resumed = limits(&three, history(), Some(5));
        assert_eq!(resumed.barrier(at(9)), None);
        assert!((0..100).all(|item| resumed.begin(item)));
    }

    #[test]
    fn a_pause_in_the_middle_of_a_canary_is_no_look_at_it() {
        let mut limits = limits(&options(Some(3), None), vec![succeeded(1)], Some(2));
        assert_eq!((0..10).filter(|item| limits.begin(*item)).count(), 2);
    }

    #[test]
    fn waves_rest_after_their_last_item_and_a_rest_is_kept_over_a_restart() {
        let waves = options(None, Some((2, 60)));
        let mut before = limits(&waves, Vec::new(), None);
        assert_eq!((0..10).filter(|item| before.begin(*item)).count(), 2);
        before.ended(0, Some(succeeded(10)));
        assert!(!before.begin(7));
        before.ended(1, Some(succeeded(20)));
        let rest = before.barrier(at(30));
        assert!(
            matches!(rest, Some(Barrier::Rest(until, _)) if until == at(80)),
            "{rest:?}"
        );

        let mut after = limits(&waves, vec![succeeded(20), succeeded(10)], None);
        assert_eq!(after.barrier(at(30)), rest);
        after.pass(at(30));
        assert!(!after.begin(2));
        after.pass(at(80));
        assert_eq!(after.barrier(at(80)), None);
        assert_eq!((2..10).filter(|item| after.begin(*item)).count(), 2);
    }

    #[test]
    fn an_item_that_was_put_back_whole_leaves_its_place_to_another() {
        let mut limits = limits(&options(Some(1), None), Vec::new(), None);
        assert!(limits.begin(0));
        assert!(limits.begin(0), "half done, it goes on");
        assert!(!limits.begin(1));
        limits.put_back(0);
        assert!(limits.begin(1));
    }

    proptest! {
        /// Whatever happens in whatever order, also when the process dies at any moment: nobody begins beyond
        /// the canary before it was looked at, and no wave has more items than it should.
        #[test]
        fn no_wave_is_larger_than_it_should_be(
            canary in prop::option::of(1_u32..6),
            waves in prop::option::of((1_u32..6, 0_u32..30)),
            happens in prop::collection::vec((0_u8..6, 0_usize..8), 1..200),
        ) {
            let options = options(canary, waves);
            let (mut history, mut resumed_at) = (Vec::new(), None);
            let mut one = limits(&options, Vec::new(), None);
            let (mut under_way, mut next, mut now) = (Vec::new(), 0_u32, 0_i64);
            for (what, which) in happens {
                now += 1;
                one.pass(at(now));
                match what {
                    0..=1 => if one.begin(next) {
                        under_way.push(next);
                        next += 1;
                    },
                    2..=3 if !under_way.is_empty() => {
                        let item = under_way.swap_remove(which % under_way.len());
                        history.push(succeeded(now));
                        prop_assert_eq!(one.ended(item, Some(succeeded(now))), None);
                    }
                    4 => {
                        // It died: what was under way comes again.
                        under_way.clear();
                        one = limits(&options, history.clone(), resumed_at);
                    }
                    _ => if let Some(Barrier::Look(_)) = one.barrier(at(now)) {
                        prop_assert!(under_way.is_empty());
                        resumed_at = Some(now);
                        one = limits(&options, history.clone(), resumed_at);
                    },
                }
                let canary = canary.unwrap_or(0) as usize;
                let all = history.len() + under_way.len();
                if resumed_at.is_none() && canary > 0 {
                    prop_assert!(all <= canary, "{} of {}", all, canary);
                } else if let Some((size, pause)) = waves {
                    let (size, pause) = (size as usize, i64::from(pause));
                    let wave = (history.len() - canary) / size;
                    prop_assert!(all <= canary + (wave + 1) * size);
                    // Each wave's first end is a whole rest after the last end of the wave before.
                    for ends in (canary + size..history.len()).step_by(size) {
                        let (last, first) = (history[ends - 1].at, history[ends].at);
                        prop_assert!(first.since(last) >= Duration::from_secs(pause.unsigned_abs()));
                    }
                }
            }
        }
    }
}
