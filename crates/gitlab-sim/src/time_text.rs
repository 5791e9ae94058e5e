//! Times and dates as GitLab writes them: `2026-03-02T09:14:07.512Z` and `2026-03-02`.

use std::fmt::{self, Display, Write};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{Date, Month, OffsetDateTime};

/// A moment, in milliseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(pub(crate) i64);

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Moment {
    /// The day, in UTC.
    pub(crate) fn day(self) -> Day {
        Day(self.civil().date())
    }

    /// The moment that much later.
    pub(crate) fn after(self, duration: std::time::Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// As an HTTP date: `Wed, 19 Aug 2026 11:06:00 GMT`.
    pub(crate) fn http_date(self) -> String {
        let civil = self.civil();
        let weekday = &civil.weekday().to_string()[..3];
        let month = &civil.month().to_string()[..3];
        let (hour, minute, second) = civil.to_hms();
        format!(
            "{weekday}, {:02} {month} {:04} {hour:02}:{minute:02}:{second:02} GMT",
            civil.day(),
            civil.year()
        )
    }

    /// Reads an HTTP date: `Wed, 19 Aug 2026 11:06:00 GMT`. The weekday may be wrong.
    pub(crate) fn parse_http(text: &str) -> Option<Self> {
        let (_, date) = text.trim().split_once(", ")?;
        let mut parts = date.strip_suffix(" GMT")?.split(' ');
        let (day, name, year) = (parts.next()?, parts.next()?, parts.next()?);
        let month = MONTHS.iter().position(|month| *month == name)? + 1;
        Self::parse(&format!("{year}-{month:02}-{day:0>2}T{}Z", parts.next()?))
    }

    /// Reads what [`Display`] writes, with or without milliseconds, or a bare date; `Z` or an offset as `+02:00`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let day = Day::parse(text.get(..10)?)?;
        let midnight = day.begins().0;
        let rest = text.get(10..)?.trim_end_matches('Z');
        let (rest, ahead) = match rest.rfind(['+', '-']) {
            Some(sign) => (&rest[..sign], offset_millis(&rest[sign..])?),
            None => (rest, 0),
        };
        if rest.is_empty() {
            return Some(Self(midnight));
        }
        let rest = rest.strip_prefix(['T', ' '])?;
        let (clock, millis) = rest.split_once('.').unwrap_or((rest, "0"));
        let mut parts = clock.split(':').map(str::parse::<i64>);
        let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
        let second = parts.next().unwrap_or(Ok(0)).ok()?;
        let millis: i64 = format!("{millis:0<3}").get(..3)?.parse().ok()?;
        Some(Self(
            midnight + ((hour * 60 + minute) * 60 + second) * 1_000 + millis - ahead,
        ))
    }

    fn civil(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// `+02:00` is two hours.
fn offset_millis(text: &str) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?) * 60_000)
}

impl Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By hand: this is on the path of every project in every list.
        let civil = self.civil();
        let (hour, minute, second) = civil.to_hms();
        write_day(f, civil.date())?;
        let mut tail = *b"T00:00:00.000Z";
        two_digits(&mut tail[1..3], hour);
        two_digits(&mut tail[4..6], minute);
        two_digits(&mut tail[7..9], second);
        let millis = self.0.rem_euclid(1_000);
        for (at, divisor) in [(10, 100), (11, 10), (12, 1)] {
            tail[at] = b'0' + u8::try_from(millis / divisor % 10).unwrap_or(0);
        }
        f.write_str(std::str::from_utf8(&tail).unwrap_or_default())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a time"))
    }
}

/// A day, without a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(Date);

impl Day {
    /// Reads `YYYY-MM-DD`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if year.len() != 4 || month.len() != 2 || day.len() != 2 {
            return None;
        }
        let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
        Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?)
            .ok()
            .map(Self)
    }

    /// Its first moment, in UTC.
    pub(crate) fn begins(self) -> Moment {
        Moment(self.0.midnight().assume_utc().unix_timestamp() * 1_000)
    }

    /// The day `days` later.
    pub(crate) fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(time::Duration::days(days)))
    }
}

impl Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_day(f, self.0)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a date"))
    }
}

fn write_day(f: &mut impl Write, date: Date) -> fmt::Result {
    let (year, month, day) = date.to_calendar_date();
    let mut text = *b"0000-00-00";
    let year = u16::try_from(year).unwrap_or(0).min(9_999);
    two_digits(&mut text[0..2], u8::try_from(year / 100).unwrap_or(0));
    two_digits(&mut text[2..4], u8::try_from(year % 100).unwrap_or(0));
    two_digits(&mut text[5..7], u8::from(month));
    two_digits(&mut text[8..10], day);
    f.write_str(std::str::from_utf8(&text).unwrap_or_default())
}

fn two_digits(into: &mut [u8], number: u8) {
    into[0] = b'0' + number / 10 % 10;
    into[1] = b'0' + number % 10;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_moment_is_written_as_gitlab_writes_it() {
        let moment = Moment(1_772_442_847_512);
        assert_eq!(moment.to_string(), "2026-03-02T09:14:07.512Z");
        assert_eq!(moment.http_date(), "Mon, 02 Mar 2026 09:14:07 GMT");
        assert_eq!(moment.day().to_string(), "2026-03-02");
        assert_eq!(moment.day().plus(30).to_string(), "2026-04-01");
    }

    #[test]
    fn an_offset_is_taken_into_account() {
        for text in [
            "2026-03-02T11:14:07.512+02:00",
            "2026-03-02T04:44:07.512-04:30",
            "2026-03-02T09:14:07.512Z",
        ] {
            assert_eq!(Moment::parse(text), Some(Moment(1_772_442_847_512)), "{text}");
        }
        assert_eq!(Moment::parse("2026-03-02T11:14:07 02:00"), None);
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in ["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "tomorrow", ""] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(millis in 0_i64..4_102_444_800_000) {
            prop_assert_eq!(Moment::parse(&Moment(millis).to_string()), Some(Moment(millis)));
        }

        #[test]
        fn an_http_date_is_read_back_to_the_second(seconds in 0_i64..4_102_444_800) {
            let moment = Moment(seconds * 1_000);
            prop_assert_eq!(Moment::parse_http(&moment.http_date()), Some(moment));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,30}") {
            let _ = Moment::parse(&text);
        }
    }
}
