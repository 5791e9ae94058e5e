use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use domain::Timestamp;
use gitlab_api::ErrorBody;
use http::{HeaderMap, StatusCode};

use crate::egress::HostRefused;
use crate::pace::Waiting;
use crate::passthrough::InvalidPath;
use crate::redact;

/// Whatever broke a connection, without the URL it was made to.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// GitLab answered, and said no.
#[derive(Clone)]
pub struct Refusal {
    /// Its status, 3xx to 5xx.
    pub status: StatusCode,
    /// GitLab's own words in one line, in the language of its user; a general sentence when it said nothing.
    pub message: String,
    /// The whole body, as it came. May repeat what was sent: not for logs.
    pub body: Bytes,
    /// GitLab's name for this request, to look it up in GitLab's logs.
    pub request_id: Option<String>,
}

/// Why there is no answer that could be used.
#[derive(Debug, thiserror::Error)]
pub enum GitlabError {
    /// The server is not one that may be talked to. Nothing was sent.
    #[error(transparent)]
    HostRefused(#[from] HostRefused),
    /// The path could lead out of the API. Nothing was sent.
    #[error("GitLab was not asked, because {0}")]
    InvalidPath(#[from] InvalidPath),
    /// 401: the token is unknown, revoked or expired.
    #[error("GitLab authentication failed: {0}")]
    Unauthorized(Refusal),
    /// 403: the user or the token's scope does not allow it.
    #[error("GitLab does not allow it: {0}")]
    Forbidden(Refusal),
    /// 404: absent, or not visible to this user.
    #[error("GitLab does not find it: {0}")]
    NotFound(Refusal),
    /// A limit, GitLab's or our own, would have made the request wait for too long.
    #[error("GitLab rate limit exceeded: {}, until {}", .0.reason, .0.until)]
    RateLimited(Waiting),
    /// Any other status that means no.
    #[error("GitLab answered {}: {}", .0.status.as_u16(), .0)]
    Gitlab(Refusal),
    /// No connection came about. Nothing was sent.
    #[error("Failed to connect to GitLab")]
    Unreachable(#[source] Cause),
    /// The connection broke before the whole answer was there.
    #[error("the connection to GitLab broke before its answer was complete")]
    Broken(#[source] Cause),
    /// No whole answer within the time of one attempt.
    #[error("GitLab did not answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    /// GitLab sent the reader to another server, or round in circles.
    #[error("GitLab answers with a redirect to {0}, which is not followed; check the instance's address")]
    Redirected(String),
    /// The answer is larger than any that GitLab's API gives.
    #[error("GitLab's answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The answer is not what GitLab's documentation promises.
    #[error("GitLab's answer cannot be read: {0}")]
    InvalidBody(String),
    /// The caller's own last check before sending said no. Nothing was sent.
    #[error("the request was withheld")]
    Withheld,
}

impl Refusal {
    /// What an answer with this status, these headers and this body refuses.
    pub fn new(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Self {
        let sentence = ErrorBody::parse(&body).sentence;
        Self {
            status,
            message: match sentence.as_str() {
                "" => "GitLab API error".to_owned(),
                sentence => redact::text(sentence).into_owned(),
            },
            body,
            request_id: request_id(headers),
        }
    }

    /// The complaints by field, as GitLab names them.
    pub fn parsed(&self) -> ErrorBody {
        ErrorBody::parse(&self.body)
    }

    /// The body as JSON, or as a text where it is none.
    pub fn details(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| serde_json::Value::String(String::from_utf8_lossy(&self.body).into_owned()))
    }
}

impl From<Refusal> for GitlabError {
    fn from(refusal: Refusal) -> Self {
        match refusal.status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized(refusal),
            StatusCode::FORBIDDEN => Self::Forbidden(refusal),
            StatusCode::NOT_FOUND => Self::NotFound(refusal),
            _ => Self::Gitlab(refusal),
        }
    }
}

impl GitlabError {
    /// GitLab's answer, where there was one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Unauthorized(refusal)
            | Self::Forbidden(refusal)
            | Self::NotFound(refusal)
            | Self::Gitlab(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// When asking again makes sense, for limits only.
    pub fn retry_at(&self) -> Option<Timestamp> {
        match self {
            Self::RateLimited(waiting) => Some(waiting.until),
            _ => None,
        }
    }

    /// GitLab itself could not be reached or did not answer; another moment may be better.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Broken(_) | Self::Timeout(_) => true,
            Self::Gitlab(refusal) => refusal.status.is_server_error(),
            _ => false,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("status", &self.status.as_u16())
            .field("message", &self.message)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    Some(id.chars().take(128).collect())
}
