//! Things going wrong on request.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::{Method, StatusCode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::random::Dice;

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

/// Which requests a fault is about. Ends in an action:
/// `Fault::post("/api/v4/projects").nth(3).accept_then_drop()`.
#[derive(Debug, Clone, Default)]
pub struct FaultMatch {
    method: Option<Method>,
    path: Option<String>,
    when: When,
    times: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum When {
    #[default]
    Always,
    /// The nth matching request, counted from 1.
    Nth(u64),
    /// Every nth.
    Every(u64),
    Probability(f64),
}

impl FaultMatch {
    /// Only the `n`th matching request, counted from 1.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.when = When::Nth(n.max(1));
        self
    }

    /// Every `n`th matching request.
    #[must_use]
    pub fn every(mut self, n: u64) -> Self {
        self.when = When::Every(n.max(1));
        self
    }

    /// Each matching request with this probability, from 0 to 1. The dice are those of the seed.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.when = When::Probability(probability);
        self
    }

    /// At most this often.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Answers with this status and does no work.
    pub fn status(self, status: u16) -> Fault {
        self.then(Action::Status(
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        ))
    }

    /// Does the work and cuts the connection without an answer.
    pub fn accept_then_drop(self) -> Fault {
        self.then(Action::AcceptThenDrop)
    }

    /// Does the work and answers 500.
    pub fn accept_then_500(self) -> Fault {
        self.then(Action::AcceptThen500)
    }

    /// Cuts the connection; does no work.
    pub fn drop_connection(self) -> Fault {
        self.then(Action::Drop)
    }

    /// Never answers; does no work.
    pub fn hang(self) -> Fault {
        self.then(Action::Hang)
    }

    /// Waits, then goes on as usual.
    pub fn delay(self, delay: Duration) -> Fault {
        self.then(Action::Delay(delay))
    }

    /// Answers 429 as the request throttle does; does no work.
    pub fn throttle(self, seconds: u64) -> Fault {
        self.then(Action::Throttle(seconds))
    }

    /// Does the work and cuts the answer in half.
    pub fn truncate(self) -> Fault {
        self.then(Action::Truncate)
    }

    /// Any action.
    pub fn then(self, action: Action) -> Fault {
        Fault {
            about: self,
            action,
            seen: 0,
            fired: 0,
        }
    }

    fn matches(&self, method: &Method, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self
                .path
                .as_ref()
                .is_none_or(|pattern| path_matches(pattern, path))
    }
}

/// A thing that goes wrong for some requests.
#[derive(Debug, Clone)]
pub struct Fault {
    about: FaultMatch,
    action: Action,
    seen: u64,
    fired: u64,
}

impl Fault {
    /// About every request.
    pub fn any() -> FaultMatch {
        FaultMatch::default()
    }

    /// About requests with this method and path: `*` is one segment, a last `**` the rest.
    pub fn on(method: Method, path: impl Into<String>) -> FaultMatch {
        FaultMatch {
            method: Some(method),
            path: Some(path.into()),
            ..FaultMatch::default()
        }
    }

    /// About reading there.
    pub fn get(path: impl Into<String>) -> FaultMatch {
        Self::on(Method::GET, path)
    }

    /// About creating there.
    pub fn post(path: impl Into<String>) -> FaultMatch {
        Self::on(Method::POST, path)
    }

    /// About changing there.
    pub fn put(path: impl Into<String>) -> FaultMatch {
        Self::on(Method::PUT, path)
    }

    /// About deleting there.
    pub fn delete(path: impl Into<String>) -> FaultMatch {
        Self::on(Method::DELETE, path)
    }

    /// Whether it is this request's turn. Counts the request as seen.
    fn is_due(&mut self, dice: &mut Dice) -> bool {
        self.seen += 1;
        let due = match self.about.when {
            When::Always => true,
            When::Nth(n) => self.seen == n,
            When::Every(n) => self.seen.is_multiple_of(n),
            When::Probability(probability) => dice.chance(probability),
        };
        due && self.about.times.is_none_or(|times| self.fired < times)
    }
}

/// `*` stands for one segment, a last `**` for any rest, also none. Encoded slashes do not separate.
fn path_matches(pattern: &str, path: &str) -> bool {
    let mut pattern = pattern.split('/');
    let mut path = path.split('/');
    loop {
        match (pattern.next(), path.next()) {
            (Some("**"), _) | (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(wanted), Some(segment)) if wanted == segment => {}
            _ => return false,
        }
    }
}

/// The faults in force, in the order they were given.
#[derive(Debug)]
pub(crate) struct Faults {
    any: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    faults: Vec<Fault>,
    dice: Dice,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        let inner = Inner {
            faults: Vec::new(),
            dice: Dice::new(seed),
        };
        Self {
            any: AtomicBool::new(false),
            inner: Mutex::new(inner),
        }
    }

    pub(crate) fn add(&self, faults: Vec<Fault>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.faults.extend(faults);
        self.any.store(!inner.faults.is_empty(), Ordering::Release);
    }

    pub(crate) fn clear(&self) {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .faults
            .clear();
        self.any.store(false, Ordering::Release);
    }

    /// Forgets all faults and throws the dice anew.
    pub(crate) fn reset(&self, seed: u64) {
        self.clear();
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).dice = Dice::new(seed);
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .faults
            .clone()
    }

    /// What goes wrong with this request. Every matching fault counts it; the first that is due acts.
    pub(crate) fn strike(&self, method: &Method, path: &str) -> Option<Action> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { faults, dice } = &mut *inner;
        let mut struck = None;
        for fault in faults
            .iter_mut()
            .filter(|fault| fault.about.matches(method, path))
        {
            if fault.is_due(dice) && struck.is_none() {
                fault.fired += 1;
                struck = Some(fault.action);
            }
        }
        struck
    }
}

// --- as JSON

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireFault {
    #[serde(default, rename = "match")]
    about: WireMatch,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nth: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    action: String,
    #[serde(default, skip_deserializing)]
    seen: u64,
    #[serde(default, skip_deserializing)]
    fired: u64,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireMatch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

impl TryFrom<WireFault> for Fault {
    type Error = InvalidFault;

    fn try_from(wire: WireFault) -> Result<Self, InvalidFault> {
        let positive = |number: u64, name| {
            if number == 0 {
                Err(InvalidFault::NotPositive(name))
            } else {
                Ok(number)
            }
        };
        let when = match (wire.nth, wire.every, wire.probability) {
            (None, None, None) => When::Always,
            (Some(n), None, None) => When::Nth(positive(n, "nth")?),
            (None, Some(n), None) => When::Every(positive(n, "every")?),
            (None, None, Some(p)) if (0.0..=1.0).contains(&p) => When::Probability(p),
            (None, None, Some(_)) => return Err(InvalidFault::Probability),
            _ => return Err(InvalidFault::TwoSelectors),
        };
        let method = wire.about.method.map(|text| parse_method(&text)).transpose()?;
        if wire.about.path.as_deref().is_some_and(|path| !is_pattern(path)) {
            return Err(InvalidFault::Path);
        }
        let times = wire.times.map(|times| positive(times, "times")).transpose()?;
        let about = FaultMatch {
            method,
            path: wire.about.path,
            when,
            times,
        };
        Ok(about.then(wire.action.parse()?))
    }
}

/// A whole path, or `**` alone.
fn is_pattern(path: &str) -> bool {
    let before_rest = path.strip_suffix("/**").unwrap_or(path);
    path == "**" || path.starts_with('/') && !before_rest.split('/').any(|part| part == "**")
}

fn parse_method(text: &str) -> Result<Method, InvalidFault> {
    const KNOWN: [Method; 7] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    let upper = text.to_ascii_uppercase();
    KNOWN
        .into_iter()
        .find(|method| method.as_str() == upper)
        .ok_or_else(|| InvalidFault::Method(text.to_owned()))
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = WireFault::deserialize(deserializer)?;
        Self::try_from(wire).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (nth, every, probability) = match self.about.when {
            When::Always => (None, None, None),
            When::Nth(n) => (Some(n), None, None),
            When::Every(n) => (None, Some(n), None),
            When::Probability(p) => (None, None, Some(p)),
        };
        WireFault {
            about: WireMatch {
                method: self.about.method.as_ref().map(ToString::to_string),
                path: self.about.path.clone(),
            },
            nth,
            every,
            probability,
            times: self.about.times,
            action: self.action.to_string(),
            seen: self.seen,
            fired: self.fired,
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(faults: &Faults, count: usize) -> Vec<bool> {
        (0..count)
            .map(|_| faults.strike(&Method::POST, "/api/v4/projects").is_some())
            .collect()
    }

    fn with(fault: Fault) -> Faults {
        let faults = Faults::new(1);
        faults.add(vec![fault]);
        faults
    }

    #[test]
    fn a_star_is_one_segment_and_two_are_the_rest() {
        assert!(path_matches(
            "/api/v4/groups/*/members",
            "/api/v4/groups/acme%2Fweb/members"
        ));
        assert!(!path_matches(
            "/api/v4/groups/*/members",
            "/api/v4/groups/acme/web/members"
        ));
        assert!(path_matches("/api/v4/**", "/api/v4/groups/7/members"));
        assert!(path_matches("/api/v4/groups/**", "/api/v4/groups"));
        assert!(path_matches("**", "/anything"));
        assert!(!path_matches("/api/v4/projects", "/api/v4/projects/7"));
    }

    #[test]
    fn nth_every_and_times_count_matching_requests() {
        let post = || Fault::post("/api/v4/projects");
        assert_eq!(
            struck(&with(post().nth(2).drop_connection()), 4),
            [false, true, false, false]
        );
        assert_eq!(
            struck(&with(post().every(2).drop_connection()), 4),
            [false, true, false, true]
        );
        assert_eq!(
            struck(&with(post().times(1).drop_connection()), 3),
            [true, false, false]
        );
        let other = with(Fault::get("/api/v4/projects").drop_connection());
        assert_eq!(struck(&other, 2), [false, false]);
    }

    #[test]
    fn one_seed_always_throws_the_same_dice() {
        let throws = |seed| {
            let faults = Faults::new(seed);
            faults.add(vec![Fault::any().probability(0.3).drop_connection()]);
            struck(&faults, 200)
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        let hits = throws(7).into_iter().filter(|hit| *hit).count();
        assert!((30..90).contains(&hits), "{hits}");
    }

    #[test]
    fn a_wrong_fault_is_told_what_is_allowed() {
        let wrong = |json: &str| serde_json::from_str::<Fault>(json).unwrap_err().to_string();
        assert!(wrong(r#"{"action":"explode"}"#).contains("accept_then_drop"));
        assert!(wrong(r#"{"action":"status:200"}"#).contains("400 to 599"));
        assert!(wrong(r#"{"action":"delay"}"#).contains("delay:MS"));
        assert!(wrong(r#"{"action":"drop","nth":1,"every":2}"#).contains("at most one"));
        assert!(wrong(r#"{"action":"drop","nth":0}"#).contains("from 1"));
        assert!(wrong(r#"{"action":"drop","probability":2}"#).contains("from 0 to 1"));
        assert!(wrong(r#"{"action":"drop","match":{"method":"FETCH"}}"#).contains("PATCH"));
        assert!(wrong(r#"{"action":"drop","match":{"path":"projects"}}"#).contains("whole path"));
        assert!(wrong(r#"{"action":"drop","when":1}"#).contains("unknown field"));
    }

    #[test]
    fn a_fault_is_shown_as_it_was_given() {
        let json = r#"{"match":{"method":"POST","path":"/api/v4/groups/**"},"every":5,"times":2,"action":"delay:250","seen":0,"fired":0}"#;
        let given = r#"{"match":{"method":"post","path":"/api/v4/groups/**"},"every":5,"times":2,"action":"delay:250"}"#;
        let fault: Fault = serde_json::from_str(given).unwrap();
        assert_eq!(serde_json::to_string(&fault).unwrap(), json);
    }
}
