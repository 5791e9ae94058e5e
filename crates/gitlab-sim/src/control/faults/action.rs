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
}

const ACTIONS: &str = "status:NNN (400 to 599), accept_then_drop, accept_then_500, drop, hang, delay:MS, \
                       throttle:SECONDS, truncate";

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
    #[error("{0:?} is not an HTTP method; allowed: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")]
    Method(String),
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
        let action = match name {
            "status" => {
                let status = u16::try_from(number()?)
                    .ok()
                    .and_then(|code| StatusCode::from_u16(code).ok());
                return match status.filter(|status| status.is_client_error() || status.is_server_error()) {
                    Some(status) => Ok(Self::Status(status)),
                    None => Err(invalid()),
                };
            }
            "delay" => return Ok(Self::Delay(Duration::from_millis(number()?))),
            "throttle" => return Ok(Self::Throttle(number()?)),
            "accept_then_drop" => Self::AcceptThenDrop,
            "accept_then_500" => Self::AcceptThen500,
            "drop" => Self::Drop,
            "hang" => Self::Hang,
            "truncate" => Self::Truncate,
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
        }
    }
}
