//! What one attempt to talk to GitLab means: may it be done again, must it be waited for, is it over?

use domain::Timestamp;
use http::{Method, StatusCode};

/// What a request does when GitLab carries it out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: GET, HEAD and OPTIONS.
    Read,
    /// Perhaps something: everything else, `PUT` and `DELETE` included. GitLab has no idempotency key, and a
    /// second `DELETE` or `PUT` may meet what somebody else has made in the meantime.
    Write,
}

impl Effect {
    /// The effect that a method has in GitLab's API.
    pub fn of(method: &Method) -> Self {
        if method.is_safe() { Self::Read } else { Self::Write }
    }
}

/// What came of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No connection came about: refused by our host policy, name unknown, connection refused, TLS failed.
    /// No byte of the request left.
    NotSent,
    /// The request left, at least in part, and no whole answer came: timeout, reset, truncated body.
    Lost,
    /// A whole answer came.
    Answered {
        /// Its status.
        status: StatusCode,
        /// For a 429: when GitLab will listen again.
        retry_at: Option<Timestamp>,
        /// For a 409: see [`is_resource_lock`].
        locked: bool,
    },
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// GitLab did it, or it was so already.
    Done,
    /// GitLab did nothing, because of a limit. Ask again then; this was not an attempt.
    WaitUntil(Timestamp),
    /// Nothing was done; trying again is safe and may help.
    Transient,
    /// GitLab said no, and will say no again.
    Final,
    /// A write that GitLab may or may not have carried out. Look before doing anything.
    Unknown,
}

/// The one place that knows GitLab's manners (GitLab API facts §4.6, §5.3, §10.1).
///
/// | outcome | read | write |
/// |---|---|---|
/// | not sent | `Transient` | `Transient` |
/// | no whole answer (timeout, reset, cut off) | `Transient` | `Unknown` |
/// | 2xx, 304 | `Done` | `Done` |
/// | 429 | `WaitUntil` | `WaitUntil` |
/// | 409 with GitLab's resource lock, 425 | `Transient` | `Transient` |
/// | 408 | `Transient` | `Unknown`: a proxy may have handed the request on |
/// | 501, 505 | `Final` | `Unknown` |
/// | other 5xx (500, 502, 503, 504, 520 …) | `Transient` | `Unknown`: 500 is also GitLab's timeout, the work may be done |
/// | 3xx but 304 | `Final` | `Final`: nothing is done at a redirect |
/// | other 4xx | `Final` | `Final` |
/// | 1xx as a final answer, 6xx and above | `Transient` | `Unknown` |
pub fn verdict(effect: Effect, outcome: Outcome) -> Verdict {
    let doubtful = match effect {
        Effect::Read => Verdict::Transient,
        Effect::Write => Verdict::Unknown,
    };
    let (status, retry_at, locked) = match outcome {
        Outcome::NotSent => return Verdict::Transient,
        Outcome::Lost => return doubtful,
        Outcome::Answered {
            status,
            retry_at,
            locked,
        } => (status, retry_at, locked),
    };
    match status.as_u16() {
        200..=299 | 304 => Verdict::Done,
        429 => retry_at.map_or(Verdict::Transient, Verdict::WaitUntil),
        409 if locked => Verdict::Transient,
        425 => Verdict::Transient,
        408 => doubtful,
        501 | 505 if effect == Effect::Read => Verdict::Final,
        300..=499 => Verdict::Final,
        _ => doubtful,
    }
}

/// Is this 409 GitLab's own "somebody else is at it" (stale object, lease not obtained), after which nothing
/// has been done?
///
/// Its text is GitLab's generic one for the status, never translated: `409 Conflict: …`. Every other 409
/// ("exists already", "SHA does not match") is a sentence of its endpoint without the number.
pub fn is_resource_lock(status: StatusCode, body: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Generic {
        message: String,
    }
    status == StatusCode::CONFLICT
        && serde_json::from_slice::<Generic>(body)
            .is_ok_and(|body| body.message.starts_with("409 Conflict: "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SOON: Timestamp = Timestamp::from_millis(1_000);

    fn answered(status: u16) -> Outcome {
        Outcome::Answered {
            status: StatusCode::from_u16(status).unwrap(),
            retry_at: (status == 429).then_some(SOON),
            locked: false,
        }
    }

    #[test]
    fn the_table() {
        use Verdict::{Done, Final, Transient, Unknown, WaitUntil};
        let locked = Outcome::Answered {
            status: StatusCode::CONFLICT,
            retry_at: None,
            locked: true,
        };
        for (outcome, read, write) in [
            (Outcome::NotSent, Transient, Transient),
            (Outcome::Lost, Transient, Unknown),
            (answered(200), Done, Done),
            (answered(201), Done, Done),
            (answered(202), Done, Done),
            (answered(204), Done, Done),
            (answered(304), Done, Done),
            (answered(301), Final, Final),
            (answered(307), Final, Final),
            (answered(400), Final, Final),
            (answered(401), Final, Final),
            (answered(403), Final, Final),
            (answered(404), Final, Final),
            (answered(405), Final, Final),
            (answered(408), Transient, Unknown),
            (answered(409), Final, Final),
            (locked, Transient, Transient),
            (answered(412), Final, Final),
            (answered(422), Final, Final),
            (answered(425), Transient, Transient),
            (answered(429), WaitUntil(SOON), WaitUntil(SOON)),
            (answered(500), Transient, Unknown),
            (answered(501), Final, Unknown),
            (answered(502), Transient, Unknown),
            (answered(503), Transient, Unknown),
            (answered(504), Transient, Unknown),
            (answered(520), Transient, Unknown),
        ] {
            assert_eq!(verdict(Effect::Read, outcome), read, "read, {outcome:?}");
            assert_eq!(verdict(Effect::Write, outcome), write, "write, {outcome:?}");
        }
    }

    #[test]
    fn only_reading_methods_are_reads() {
        for (method, effect) in [
            (Method::GET, Effect::Read),
            (Method::HEAD, Effect::Read),
            (Method::POST, Effect::Write),
            (Method::PUT, Effect::Write),
            (Method::PATCH, Effect::Write),
            (Method::DELETE, Effect::Write),
        ] {
            assert_eq!(Effect::of(&method), effect, "{method}");
        }
    }

    #[test]
    fn a_lock_is_told_from_other_conflicts_by_its_form() {
        let lock = |status: u16, body: &str| {
            is_resource_lock(StatusCode::from_u16(status).unwrap(), body.as_bytes())
        };
        assert!(lock(409, r#"{"message":"409 Conflict: Resource lock"}"#));
        assert!(!lock(400, r#"{"message":"409 Conflict: Resource lock"}"#));
        assert!(!lock(409, r#"{"message":"Member already exists"}"#));
        assert!(!lock(
            409,
            r#"{"message":["Another open merge request already exists: !12"]}"#
        ));
        assert!(!lock(409, "409 Conflict: Resource lock"));
        assert!(!lock(409, ""));
    }

    proptest! {
        /// A write is called failed or repeatable only where GitLab surely did nothing.
        #[test]
        fn a_write_that_gitlab_may_have_done_is_never_failed_and_never_repeated(
            status in prop_oneof![Just(408_u16), 500_u16..=999],
            locked in any::<bool>(),
        ) {
            let outcome = Outcome::Answered {
                status: StatusCode::from_u16(status).unwrap(),
                retry_at: None,
                locked,
            };
            prop_assert_eq!(verdict(Effect::Write, outcome), Verdict::Unknown);
        }

        #[test]
        fn a_read_is_never_unknown(status in 100_u16..=999, locked in any::<bool>()) {
            let outcome = Outcome::Answered {
                status: StatusCode::from_u16(status).unwrap(),
                retry_at: None,
                locked,
            };
            prop_assert_ne!(verdict(Effect::Read, outcome), Verdict::Unknown);
        }
    }
}
