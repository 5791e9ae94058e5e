use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::Duration;

use hyper::StatusCode;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Answers with this status and does no work.
    Status(StatusCode),
    /// Does the work and cuts the connection without an answer.
    AcceptThenDrop,
    /// Does the work and answers 500.
    AcceptThen500,
    /// Does the work and answers with this status.
    AcceptThen(StatusCode),
    /// Cuts the connection; does no work.
    Drop,
    /// Never answers; does no work. Ends when the client gives up or the simulator stops.
    Hang,
    /// Waits, then goes on as usual.
    Delay(Duration),
    /// Answers 429 as the request throttle does, with this many seconds to wait; does no work.
    Throttle(u64),
    /// Does the work, announces the whole answer, sends half of it and cuts the connection.
    Truncate,
    /// The same, but in chunks, so that nothing is announced.
    TruncateChunked,
    /// Answers 409 because somebody else is changing the same rows; does no work.
    Lock,
    /// Answers 429 as the limiter of one endpoint does, with this many seconds to wait; does no work.
    Limit(u64),
    /// Answers 429 as the request throttle does, but does not say how long to wait; does no work.
    ThrottleSilently,
    /// Answers 503 because the repositories are busy, with this many seconds to wait; does no work.
    Busy(u64),
    /// Answers 401 because the token is no longer valid; does no work.
    TokenRevoked,
    /// Answers 401 because the token has expired; does no work.
    TokenExpired,
    /// Answers 403 because the token may not do that; does no work.
    ScopeTooSmall,
    /// Reads from a replica that is this far behind: what is younger is not there yet.
    Stale(Duration),
    /// Cuts a later page as if a row before it had gone since: one row is skipped.
    SkipRow,
    /// Cuts a later page as if a row had come before it since: one row is repeated.
    RepeatRow,
    /// Leaves out how many rows and pages a list has.
    NoTotal,
    /// Answers refusals in another language.
    Localised,
    /// Prints Ruby hashes as Ruby 3.4 does.
    Ruby34,
    /// Delivers to the hook twice. For deliveries only.
    Duplicate,
    /// Delivers to the hook after the next delivery. For deliveries only.
    Reorder,
}

const ACTIONS: &str = "status:NNN (400 to 599), accept_then_drop, accept_then_500, accept_then:NNN, drop, hang, \
                       delay:MS, throttle:SECONDS, throttle_silently, limit:SECONDS, truncate, truncate_chunked, \
                       lock, busy:SECONDS, token_revoked, token_expired, scope_too_small, stale:MS, skip_row, \
                       repeat_row, no_total, localised, ruby34, duplicate, reorder";

/// A fault that makes no sense. Says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFault {
    #[error("{0:?} is not an action; allowed: {ACTIONS}")]
    Action(String),
    #[error("a fault has at most one of nth, every and probability")]
    TwoSelectors,
    #[error("{0} is a whole number from 1")]
    NotPositive(&'static str),
    #[error("probability is a number from 0 to 1")]
    Probability,
    #[error(
        "{0:?} is not an HTTP method; allowed: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, and DELIVER for hooks"
    )]
    Method(String),
    #[error(
        "deliveries, which match.method DELIVER is about, can meet: duplicate, reorder, delay:MS, drop; requests cannot meet duplicate and reorder"
    )]
    Delivery,
    #[error(
        "match.path is the whole path, as /api/v4/projects or /api/v4/groups/*/members; ** only at its end"
    )]
    Path,
}

impl FromStr for Action {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidFault::Action(text.to_owned());
        let (name, value) = text
            .split_once(':')
            .map_or((text, None), |(name, value)| (name, Some(value)));
        let number = || {
            value
                .and_then(|value| value.parse::<u64>().ok())
                .ok_or_else(invalid)
        };
        let status = || {
            let code = u16::try_from(number()?).map_err(|_| invalid())?;
            let status = StatusCode::from_u16(code).ok();
            status
                .filter(|status| status.is_client_error() || status.is_server_error())
                .ok_or_else(invalid)
        };
        let action = match name {
            "status" => return Ok(Self::Status(status()?)),
            "accept_then" => return Ok(Self::AcceptThen(status()?)),
            "delay" => return Ok(Self::Delay(Duration::from_millis(number()?))),
            "stale" => return Ok(Self::Stale(Duration::from_millis(number()?))),
            "throttle" => return Ok(Self::Throttle(number()?)),
            "limit" => return Ok(Self::Limit(number()?)),
            "busy" => return Ok(Self::Busy(number()?)),
            "accept_then_drop" => Self::AcceptThenDrop,
            "accept_then_500" => Self::AcceptThen500,
            "drop" => Self::Drop,
            "hang" => Self::Hang,
            "truncate" => Self::Truncate,
            "truncate_chunked" => Self::TruncateChunked,
            "lock" => Self::Lock,
            "throttle_silently" => Self::ThrottleSilently,
            "token_revoked" => Self::TokenRevoked,
            "token_expired" => Self::TokenExpired,
            "scope_too_small" => Self::ScopeTooSmall,
            "skip_row" => Self::SkipRow,
            "repeat_row" => Self::RepeatRow,
            "no_total" => Self::NoTotal,
            "localised" => Self::Localised,
            "ruby34" => Self::Ruby34,
            "duplicate" => Self::Duplicate,
            "reorder" => Self::Reorder,
            _ => return Err(invalid()),
        };
        if value.is_some() {
            Err(invalid())
        } else {
            Ok(action)
        }
    }
}

impl Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status:{}", status.as_u16()),
            Self::AcceptThenDrop => f.write_str("accept_then_drop"),
            Self::AcceptThen500 => f.write_str("accept_then_500"),
            Self::Drop => f.write_str("drop"),
            Self::Hang => f.write_str("hang"),
            Self::Delay(delay) => write!(f, "delay:{}", delay.as_millis()),
            Self::Throttle(seconds) => write!(f, "throttle:{seconds}"),
            Self::Truncate => f.write_str("truncate"),
            Self::TruncateChunked => f.write_str("truncate_chunked"),
            Self::Lock => f.write_str("lock"),
            Self::ThrottleSilently => f.write_str("throttle_silently"),
            Self::TokenRevoked => f.write_str("token_revoked"),
            Self::TokenExpired => f.write_str("token_expired"),
            Self::ScopeTooSmall => f.write_str("scope_too_small"),
            Self::SkipRow => f.write_str("skip_row"),
            Self::RepeatRow => f.write_str("repeat_row"),
            Self::NoTotal => f.write_str("no_total"),
            Self::Localised => f.write_str("localised"),
            Self::Ruby34 => f.write_str("ruby34"),
            Self::Duplicate => f.write_str("duplicate"),
            Self::Reorder => f.write_str("reorder"),
            Self::AcceptThen(status) => write!(f, "accept_then:{}", status.as_u16()),
            Self::Stale(behind) => write!(f, "stale:{}", behind.as_millis()),
            Self::Limit(seconds) => write!(f, "limit:{seconds}"),
            Self::Busy(seconds) => write!(f, "busy:{seconds}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_shown_as_it_is_written() {
        for listed in ACTIONS.split(", ") {
            let text = listed.replace(" (400 to 599)", "").replace("NNN", "503");
            let text = text.replace("MS", "250").replace("SECONDS", "7");
            let action: Action = text.parse().unwrap();
            assert_eq!(action.to_string(), text);
        }
        for wrong in ["", "lock:1", "stale", "limit:x", "accept_then:200", "busy:-1"] {
            assert!(wrong.parse::<Action>().is_err(), "{wrong}");
        }
    }
}
