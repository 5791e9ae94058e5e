//! What goes wrong, as the API says it: one type, one envelope.

mod from_engine;
mod from_gitlab;
mod render;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use domain::{Problem, Problems, Timestamp};
use http::StatusCode;
use serde_json::Value;

pub(crate) use render::render;

/// What caused an error, for the log and for development.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An error as the API answers it: `{"error":{code, message, details?, requestId}}`.
///
/// A handler returns it with `?`; the outermost layer adds the request's id, writes the body and logs it
/// once. Message and details are for the client, the cause is not.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    details: Option<Value>,
    retry: Option<Retry>,
    cause: Option<Cause>,
}

/// When the client may come back.
#[derive(Clone, Copy, Debug)]
enum Retry {
    In(Duration),
    At(Timestamp),
}

/// What the routes return.
pub(crate) type Result<T, E = ApiError> = std::result::Result<T, E>;

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let inner = Inner {
            status,
            code,
            message: message.into(),
            details: None,
            retry: None,
            cause: None,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Only called on an error that was just made and is not shared yet.
    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            change(inner);
        }
        self
    }

    fn because(self, cause: impl Into<Cause>) -> Self {
        self.with(|inner| inner.cause = Some(cause.into()))
    }

    /// 400: all that is wrong with what was sent.
    pub(crate) fn invalid(problems: Problems) -> Self {
        let mut mistakes = problems.0.iter().filter(|problem| !problem.warning);
        let message = match (mistakes.next(), problems.mistakes()) {
            (Some(mistake), 1) => mistake.message.clone(),
            (_, mistakes) => format!("{mistakes} problems found"),
        };
        let details = serde_json::to_value(problems.0).ok();
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message).with(|inner| inner.details = details)
    }

    /// 400: one problem of one field.
    pub(crate) fn invalid_field(field: &str, message: impl Into<String>) -> Self {
        Self::invalid(
            Problem {
                field: Some(field.to_owned()),
                ..Problem::new(message)
            }
            .into(),
        )
    }

    /// 401: nobody has signed in.
    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED",
            "Authentication required",
        )
    }

    /// 403, and why.
    pub(crate) fn forbidden(reason: impl Into<String>) -> Self {
        let details = serde_json::json!({ "reason": reason.into() });
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", "Insufficient permissions")
            .with(|inner| inner.details = Some(details))
    }

    /// 403: what is asked for takes a sign-in of the last minutes.
    pub(crate) fn sign_in_again() -> Self {
        Self::forbidden("this session was opened more than 15 minutes ago; sign in again first")
    }

    /// 404.
    pub(crate) fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// 405.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            "this address does not know this method",
        )
    }

    /// 408: the body came too slowly.
    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "REQUEST_TIMEOUT",
            "the request took too long to arrive",
        )
    }

    /// 409.
    pub(crate) fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, "CONFLICT", message)
    }

    /// 409: somebody has as much as anybody may have. The message says what to do.
    pub(crate) fn over_quota(what: &str, limit: u64, used: u64, message: String) -> Self {
        let details = serde_json::json!({ "quota": what, "limit": limit, "used": used });
        Self::conflict(message).with(|inner| inner.details = Some(details))
    }

    /// 413.
    pub(crate) fn payload_too_large(most: usize) -> Self {
        let message = format!("at most {most} bytes are accepted");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    }

    /// 415.
    pub(crate) fn unsupported_media_type(accepted: &'static str) -> Self {
        let message = format!("only {accepted} is accepted");
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            message,
        )
    }

    /// 429: our own limit.
    pub(crate) fn rate_limited(wait: Duration) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "RATE_LIMIT_EXCEEDED",
            "Too many requests",
        )
        .with(|inner| inner.retry = Some(Retry::In(wait)))
    }

    /// 500: our own defect.
    pub(crate) fn internal(cause: impl Into<Cause>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "").because(cause)
    }

    /// 503: not now.
    pub(crate) fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", message)
    }

    /// An error of which only the status is known: from a layer or an extractor that is not ours.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::unauthorized(),
            StatusCode::NOT_FOUND => Self::not_found("there is nothing at this address"),
            StatusCode::METHOD_NOT_ALLOWED => Self::method_not_allowed(),
            StatusCode::SERVICE_UNAVAILABLE => Self::unavailable("try again later"),
            status if status.is_client_error() => {
                let message = status
                    .canonical_reason()
                    .unwrap_or("the request cannot be understood");
                Self::new(status, "VALIDATION_ERROR", message)
            }
            status => Self::internal(format!("a layer answered {status}")),
        }
    }
}

#[cfg(any(test, feature = "fuzzing"))]
impl ApiError {
    /// `field: message` of each problem, for tests.
    pub(crate) fn problems(&self) -> Vec<String> {
        let details = self.inner.details.as_ref().and_then(Value::as_array);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        details
            .into_iter()
            .flatten()
            .map(|problem| format!("{}: {}", text(&problem["field"]), text(&problem["message"])))
            .collect()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.inner.status.as_u16(), self.inner.code)
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let cause = self.inner.cause.as_deref()?;
        Some(cause)
    }
}

impl From<Problems> for ApiError {
    fn from(problems: Problems) -> Self {
        Self::invalid(problems)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.inner.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
