use std::time::Duration;

use domain::Timestamp;

/// How far GitLab's clock is ahead of ours, as an interval, in milliseconds (negative: behind).
///
/// A `Date` header has whole seconds and was written at some moment between sending and answer, so one
/// answer leaves more than a second of doubt. Every further answer cuts the interval; after a few it is about
/// as wide as the fastest round trip. True as long as neither clock is set; when one is, it starts anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockOffset {
    /// GitLab's clock is at least so far ahead.
    pub least_millis: i64,
    /// And at most so far.
    pub most_millis: i64,
}

impl ClockOffset {
    /// The earliest moment that GitLab's clock may have shown when ours showed `ours`.
    pub fn earliest_in_gitlab(self, ours: Timestamp) -> Timestamp {
        Timestamp::from_millis(ours.as_millis().saturating_add(self.least_millis))
    }

    /// The latest moment that GitLab's clock may have shown when ours showed `ours`.
    pub fn latest_in_gitlab(self, ours: Timestamp) -> Timestamp {
        Timestamp::from_millis(ours.as_millis().saturating_add(self.most_millis))
    }
}

/// Clocks drift apart; what was learned so long ago is learned anew.
const FRESH: Duration = Duration::from_mins(10);

/// What is known of one instance's clock.
#[derive(Debug, Default)]
pub(crate) struct InstanceClock {
    known: Option<(ClockOffset, Timestamp)>,
}

impl InstanceClock {
    /// Takes in a `Date` of an answer to a request that was sent and answered at these moments of our clock.
    pub(crate) fn learn(&mut self, date: Timestamp, sent: Timestamp, answered: Timestamp) {
        let seen = ClockOffset {
            least_millis: date.as_millis() - answered.as_millis(),
            most_millis: date.as_millis() + 999 - sent.as_millis(),
        };
        let combined = self
            .known
            .filter(|(_, since)| answered.since(*since) < FRESH)
            .map(|(known, since)| {
                let both = ClockOffset {
                    least_millis: known.least_millis.max(seen.least_millis),
                    most_millis: known.most_millis.min(seen.most_millis),
                };
                (both, since)
            })
            // An empty interval means that a clock was set.
            .filter(|(both, _)| both.least_millis <= both.most_millis);
        self.known = Some(combined.unwrap_or((seen, answered)));
    }

    pub(crate) fn offset(&self) -> Option<ClockOffset> {
        self.known.map(|(offset, _)| offset)
    }
}

/// The moment in a `Date` header, a whole second.
pub(crate) fn date(headers: &http::HeaderMap) -> Option<Timestamp> {
    let text = headers.get(http::header::DATE)?.to_str().ok()?;
    let moment = httpdate::parse_http_date(text).ok()?;
    let since = moment.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn one_answer_leaves_a_second_of_doubt_and_more_answers_take_it_away() {
        let mut clock = InstanceClock::default();
        clock.learn(at(10_000), at(5_200), at(5_250));
        assert_eq!(
            clock.offset(),
            Some(ClockOffset {
                least_millis: 4_750,
                most_millis: 5_799
            })
        );
        clock.learn(at(11_000), at(6_010), at(6_030));
        assert_eq!(
            clock.offset(),
            Some(ClockOffset {
                least_millis: 4_970,
                most_millis: 5_799
            })
        );
        clock.learn(at(11_000), at(6_980), at(7_000));
        assert_eq!(
            clock.offset(),
            Some(ClockOffset {
                least_millis: 4_970,
                most_millis: 5_019
            })
        );
    }

    #[test]
    fn a_clock_that_was_set_is_learned_anew() {
        let mut clock = InstanceClock::default();
        clock.learn(at(10_000), at(5_200), at(5_250));
        clock.learn(at(90_000), at(6_200), at(6_250));
        assert_eq!(
            clock.offset(),
            Some(ClockOffset {
                least_millis: 83_750,
                most_millis: 84_799
            })
        );
    }

    proptest! {
        #[test]
        fn the_true_offset_is_always_within(
            offset in -100_000_i64..100_000,
            requests in proptest::collection::vec((0_i64..3_000, 0_i64..400, 0_i64..400), 1..40),
        ) {
            let mut clock = InstanceClock::default();
            let mut now = 1_000_000;
            for (pause, there, back) in requests {
                let sent = now + pause;
                let written = sent + there + offset;
                now = sent + there + back;
                clock.learn(at(written.div_euclid(1000) * 1000), at(sent), at(now));
            }
            let known = clock.offset().unwrap();
            prop_assert!((known.least_millis..=known.most_millis).contains(&offset), "{known:?}");
        }
    }
}
