//! What a job waits for that shows no progress: said once, then ever more seldom, and that it goes on.

use std::time::Duration;

use domain::Timestamp;

/// A wait that is back so soon was not over.
const SOON: Duration = Duration::from_secs(5);
/// Before so long nothing is said again.
const SELDOM: Duration = Duration::from_mins(1);

/// What was said of a job's waits. GitLab, when it is away, is asked again every few seconds, and each time the job waits
/// until another moment: nobody wants to read all of them.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    said: Option<Said>,
}

#[derive(Debug)]
struct Said {
    reason: String,
    since: Timestamp,
    until: Timestamp,
    gone_since: Option<Timestamp>,
}

impl Waits {
    /// The line to say of a job that waits so now. A wait is said again when it turns out to take a minute and twice as
    /// long as was said.
    pub(crate) fn line(&mut self, now: Timestamp, waits: Option<(Timestamp, String)>) -> Option<String> {
        let Some((until, reason)) = waits else {
            let said = self.said.as_mut()?;
            let gone_since = *said.gone_since.get_or_insert(now);
            return (now.since(gone_since) >= SOON).then(|| self.end()).flatten();
        };
        let since = match self.said.as_mut().filter(|said| said.reason == reason) {
            Some(said) => {
                said.gone_since = None;
                let twice = said.until.since(said.since).saturating_mul(2);
                if until.since(said.since) < twice.max(SELDOM) {
                    return None;
                }
                said.since
            }
            None => now,
        };
        let line = format!("Waiting until {until}: {reason}");
        self.said = Some(Said {
            reason,
            since,
            until,
            gone_since: None,
        });
        Some(line)
    }

    /// The line to say when the job waits for nothing any more, if it was said that it does.
    pub(crate) fn end(&mut self) -> Option<String> {
        self.said.take().map(|_| "Going on.".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWAY: &str = "GitLab does not answer";
    const LIMIT: &str = "GitLab asked to wait";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    /// What is said of a job that was looked at in these seconds: until when it waited, and why.
    fn heard(looks: impl IntoIterator<Item = (i64, Option<(i64, &'static str)>)>) -> Vec<(i64, String)> {
        let mut waits = Waits::default();
        let lines = looks.into_iter().filter_map(|(now, waiting)| {
            let waiting = waiting.map(|(until, why)| (at(until), why.to_owned()));
            waits.line(at(now), waiting).map(|line| (now, line))
        });
        lines.collect()
    }

    fn until(second: i64, why: &str) -> String {
        format!("Waiting until {}: {why}", at(second))
    }

    #[test]
    fn an_outage_of_ten_minutes_is_said_five_times_and_its_end_once() {
        // Asked again every fifteen seconds.
        let away = (1..=600).map(|now| (now, Some((now - now % 15 + 15, AWAY))));
        let back = (601..=700).map(|now| (now, None));
        let expected = [
            (1, until(15, AWAY)),
            (60, until(75, AWAY)),
            (135, until(150, AWAY)),
            (285, until(300, AWAY)),
            (585, until(600, AWAY)),
            (606, "Going on.".to_owned()),
        ];
        assert_eq!(heard(away.chain(back)), expected);
    }

    #[test]
    fn a_wait_that_grows_to_minutes_is_said_at_once() {
        let looks = [
            (0, Some((10, LIMIT))),
            (1, Some((40, LIMIT))),
            (2, Some((3_602, LIMIT))),
            (3, Some((10, LIMIT))),
        ];
        assert_eq!(heard(looks), [(0, until(10, LIMIT)), (2, until(3_602, LIMIT))]);
    }

    #[test]
    fn another_reason_is_another_wait() {
        let looks = [(0, Some((9, AWAY))), (1, Some((9, LIMIT))), (2, Some((9, AWAY)))];
        let expected = [(0, until(9, AWAY)), (1, until(9, LIMIT)), (2, until(9, AWAY))];
        assert_eq!(heard(looks), expected);
    }

    #[test]
    fn what_is_back_soon_was_not_over() {
        let looks = [
            (0, Some((2, AWAY))),
            (3, None),
            (7, None),
            (7, Some((9, AWAY))),
            (10, None),
            (14, None),
            (15, None),
            (16, None),
            (17, Some((20, AWAY))),
        ];
        let expected = [
            (0, until(2, AWAY)),
            (15, "Going on.".to_owned()),
            (17, until(20, AWAY)),
        ];
        assert_eq!(heard(looks), expected);
    }

    #[test]
    fn nothing_is_said_of_the_end_of_what_was_not_said() {
        let mut waits = Waits::default();
        assert_eq!(waits.end(), None);
        assert_eq!(heard([(0, None), (10, None)]), []);
        waits.line(at(0), Some((at(9), AWAY.to_owned())));
        assert_eq!(waits.end().as_deref(), Some("Going on."));
        assert_eq!(waits.end(), None);
    }
}
