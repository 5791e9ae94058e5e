//! Moments, absolute and relative.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::Duration;

use domain::Timestamp;

/// A moment or a day (in UTC), as a person writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `2024-01-31`: all of it, by its first moment.
    Day(Timestamp),
    /// `2024-01-31T09:00:00Z`
    Moment(Timestamp),
    /// `90d`: the moment that long ago.
    Ago(u32, Unit),
    /// The day on which it is asked.
    Today,
    /// The day before.
    Yesterday,
}

/// What lengths of time are given in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Hours.
    Hours,
    /// Days of 24 hours.
    Days,
    /// Weeks of seven days.
    Weeks,
    /// Years of 365 days.
    Years,
}

/// The text is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDate;

const DAY: Duration = Duration::from_hours(24);

impl Unit {
    const ALL: [Self; 4] = [Self::Hours, Self::Days, Self::Weeks, Self::Years];

    const fn letter(self) -> char {
        match self {
            Self::Hours => 'h',
            Self::Days => 'd',
            Self::Weeks => 'w',
            Self::Years => 'y',
        }
    }

    const fn hours(self) -> u64 {
        match self {
            Self::Hours => 1,
            Self::Days => 24,
            Self::Weeks => 7 * 24,
            Self::Years => 365 * 24,
        }
    }
}

impl When {
    /// First moment, and the first one after it: for a moment they are the same.
    pub(crate) fn span(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let day = |start: Timestamp| (start, start.plus(DAY));
        let midnight = || {
            back(
                now,
                Duration::from_millis(now.as_millis().rem_euclid(millis(DAY)).cast_unsigned()),
            )
        };
        match self {
            Self::Day(start) => day(start),
            Self::Moment(at) => (at, at),
            Self::Ago(count, unit) => {
                let at = back(now, Duration::from_hours(u64::from(count) * unit.hours()));
                (at, at)
            }
            Self::Today => day(midnight()),
            Self::Yesterday => day(back(midnight(), DAY)),
        }
    }

    /// Whether it is a stretch of time, in which something can lie.
    pub(crate) const fn is_day(self) -> bool {
        matches!(self, Self::Day(_) | Self::Today | Self::Yesterday)
    }
}

fn back(from: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_millis(from.as_millis().saturating_sub(millis(by)))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl FromStr for When {
    type Err = NoDate;

    fn from_str(text: &str) -> Result<Self, NoDate> {
        let folded = text.to_ascii_lowercase();
        match folded.as_str() {
            "today" => return Ok(Self::Today),
            "yesterday" => return Ok(Self::Yesterday),
            _ => {}
        }
        for unit in Unit::ALL {
            if let Some(count) = folded.strip_suffix(unit.letter())
                && count.bytes().all(|byte| byte.is_ascii_digit())
            {
                return count
                    .parse()
                    .map(|count| Self::Ago(count, unit))
                    .map_err(|_| NoDate);
            }
        }
        if text.len() == 10 {
            return Timestamp::parse(&format!("{text}T00:00:00Z"))
                .map(Self::Day)
                .map_err(|_| NoDate);
        }
        Timestamp::parse(text).map(Self::Moment).map_err(|_| NoDate)
    }
}

impl Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(start) => f.write_str(start.to_string().get(..10).unwrap_or_default()),
            Self::Moment(at) => Display::fmt(at, f),
            Self::Ago(count, unit) => write!(f, "{count}{}", unit.letter()),
            Self::Today => f.write_str("today"),
            Self::Yesterday => f.write_str("yesterday"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> (String, String) {
        let now = Timestamp::parse("2026-11-22T19:30:00Z").unwrap();
        let (from, to) = text.parse::<When>().unwrap().span(now);
        (from.to_string(), to.to_string())
    }

    #[test]
    fn a_day_is_all_of_it_in_utc() {
        assert_eq!(
            span("2024-02-29"),
            (
                "2024-02-29T00:00:00.000Z".into(),
                "2024-03-01T00:00:00.000Z".into()
            )
        );
        assert_eq!(
            span("today"),
            (
                "2026-11-22T00:00:00.000Z".into(),
                "2026-11-23T00:00:00.000Z".into()
            )
        );
        assert_eq!(span("Yesterday").0, "2026-11-21T00:00:00.000Z");
    }

    #[test]
    fn how_long_ago_is_counted_from_now() {
        assert_eq!(span("90d").0, "2026-08-24T19:30:00.000Z");
        assert_eq!(span("12h").0, "2026-11-22T07:30:00.000Z");
        assert_eq!(span("1y").0, "2025-11-22T19:30:00.000Z");
        assert_eq!(span("2024-01-01T01:00:00+01:00").0, "2024-01-01T00:00:00.000Z");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "d",
            "2024-13-01",
            "2023-02-29",
            "2024-1-1",
            "90",
            "90m",
            "-3d",
            "99999999999d",
            "äääää",
        ] {
            assert_eq!(text.parse::<When>(), Err(NoDate), "{text}");
        }
    }
}
