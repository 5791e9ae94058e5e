use std::time::Duration;

use hyper::{Method, StatusCode};

use super::Action;
use crate::random::Dice;

/// Which requests a fault is about. Ends in an action:
/// `Fault::post("/api/v4/projects").nth(3).accept_then_drop()`.
#[derive(Debug, Clone, Default)]
pub struct FaultMatch {
    pub(super) method: Option<Method>,
    pub(super) path: Option<String>,
    pub(super) when: When,
    pub(super) times: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) enum When {
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

    pub(crate) fn matches(&self, method: &Method, path: &str) -> bool {
        // What is about any request is not about deliveries.
        let any = method.as_str() != "DELIVER";
        self.method.as_ref().map_or(any, |wanted| wanted == method)
            && self
                .path
                .as_ref()
                .is_none_or(|pattern| path_matches(pattern, path))
    }
}

/// A thing that goes wrong for some requests.
#[derive(Debug, Clone)]
pub struct Fault {
    pub(super) about: FaultMatch,
    pub(super) action: Action,
    pub(super) seen: u64,
    pub(super) fired: u64,
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

    /// About telling hooks of an event: `project_create`, or `*` for any.
    pub fn delivery(event: &str) -> FaultMatch {
        Self::on(crate::hooks::delivery(), format!("/{event}"))
    }

    /// How often it has acted.
    pub(crate) fn fired(&self) -> u64 {
        self.fired
    }

    /// Whether it is this request's turn. Counts the request as seen.
    pub(super) fn is_due(&mut self, dice: &mut Dice) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
