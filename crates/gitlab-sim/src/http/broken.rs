//! Answers that no handler makes: what the instance, or a proxy in front of it, says when something is wrong.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{HeaderName, RETRY_AFTER};

use super::refuse;
use super::reply::{BodyKind, Reply};
use crate::control::{Action, Throttled};
use crate::instance::Instance;
use crate::time_text::Moment;

/// What a fault answers instead of the work; none when the work is done.
pub(super) fn instead(instance: &Instance, action: Action) -> Option<Reply> {
    Some(match action {
        Action::Status(status) => broken(status),
        Action::Throttle(seconds) => throttle_fault(instance, seconds),
        Action::ThrottleSilently => {
            let mut reply = throttle_fault(instance, 60);
            let tells_when = [RETRY_AFTER, RATE_LIMIT_RESET, RATE_LIMIT_RESET_TIME];
            reply.headers.retain(|(name, _)| !tells_when.contains(name));
            reply
        }
        Action::Limit(seconds) => refuse::too_many_of_this(seconds).into(),
        Action::Lock => broken(StatusCode::CONFLICT),
        Action::Busy(seconds) => {
            let text = "Upstream Gitaly has been exhausted. Try again later";
            Reply::message(StatusCode::SERVICE_UNAVAILABLE, text).header(RETRY_AFTER, seconds)
        }
        Action::TokenRevoked => refuse::invalid_token(refuse::REVOKED).into(),
        Action::TokenExpired => refuse::invalid_token(refuse::EXPIRED).into(),
        Action::ScopeTooSmall => refuse::insufficient_scope("api").into(),
        _ => return None,
    })
}

/// What the instance, or a proxy in front of it, says when something is broken.
pub(super) fn broken(status: StatusCode) -> Reply {
    let title = status.canonical_reason().unwrap_or("Error");
    match status.as_u16() {
        401 => refuse::unauthorized().into(),
        403 => refuse::forbidden().into(),
        404 => Reply::message(status, "404 Not Found"),
        409 => Reply::message(status, "409 Conflict: Resource lock"),
        429 => Reply::raw(status, BodyKind::Text, Bytes::from_static(b"Retry later\n")),
        500 => Reply::message(status, "500 Internal Server Error"),
        414 | 502..=504 | 520..=526 => {
            let code = status.as_u16();
            let page = format!(
                "<html>\r\n<head><title>{code} {title}</title></head>\r\n<body>\r\n<center><h1>{code} \
                 {title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
            );
            Reply::raw(status, BodyKind::Html, page.into())
        }
        code => Reply::message(status, &format!("{code} {title}")),
    }
}

/// 413
pub(super) fn too_large() -> Reply {
    Reply::error(StatusCode::PAYLOAD_TOO_LARGE, "413 Request Entity Too Large")
}

/// 414, which the proxy in front says.
pub(super) fn address_too_long() -> Reply {
    broken(StatusCode::URI_TOO_LONG)
}

/// The request throttle's 429.
pub(super) fn retry_later(instance: &Instance, throttled: Throttled, now: Moment) -> Reply {
    let wait = throttled.reset.saturating_sub(now.0.div_euclid(1_000)).max(1);
    let text = format!("{}\n", instance.limits.throttle_text());
    Reply::raw(StatusCode::TOO_MANY_REQUESTS, BodyKind::Text, text.into())
        .header(RETRY_AFTER, wait)
        .header(RATE_LIMIT_RESET_TIME, Moment(throttled.reset * 1_000).http_date())
}

/// What the `throttle` fault answers.
fn throttle_fault(instance: &Instance, seconds: u64) -> Reply {
    let now = instance.now();
    let reset = now
        .0
        .div_euclid(1_000)
        .saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX));
    let throttled = Throttled {
        limit: 1,
        period: 60,
        observed: 2,
        reset,
        name: "throttle_authenticated_api",
    };
    throttled
        .headers()
        .into_iter()
        .fold(retry_later(instance, throttled, now), |reply, (name, value)| {
            reply.header(name, value)
        })
}

impl Throttled {
    /// What every answer says while a throttle is on.
    pub(super) fn headers(self) -> [(HeaderName, String); 5] {
        // The limit is always shown per minute, whatever the period (GitLab API facts §4.2).
        let per_minute = (self.limit * 60).div_ceil(self.period.max(1));
        [
            (RATE_LIMIT_LIMIT, per_minute.to_string()),
            (RATE_LIMIT_NAME, self.name.to_owned()),
            (RATE_LIMIT_OBSERVED, self.observed.to_string()),
            (RATE_LIMIT_REMAINING, self.remaining().to_string()),
            (RATE_LIMIT_RESET, self.reset.to_string()),
        ]
    }
}

const RATE_LIMIT_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATE_LIMIT_NAME: HeaderName = HeaderName::from_static("ratelimit-name");
const RATE_LIMIT_OBSERVED: HeaderName = HeaderName::from_static("ratelimit-observed");
const RATE_LIMIT_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const RATE_LIMIT_RESET_TIME: HeaderName = HeaderName::from_static("ratelimit-resettime");
