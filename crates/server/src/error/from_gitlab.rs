use gitlab_client::{GitlabError, HostRefused, InvalidPath, Refusal};
use http::StatusCode;

use super::{ApiError, Retry};

impl From<GitlabError> for ApiError {
    fn from(error: GitlabError) -> Self {
        match error {
            GitlabError::HostRefused(refused) => refused.into(),
            GitlabError::InvalidPath(invalid) => invalid.into(),
            GitlabError::Unauthorized(ref refusal) => Self::of_gitlab(refusal).because(error),
            GitlabError::Forbidden(ref refusal)
            | GitlabError::NotFound(ref refusal)
            | GitlabError::Gitlab(ref refusal) => Self::of_gitlab(refusal),
            GitlabError::RateLimited(waiting) => {
                let (status, message) = (StatusCode::TOO_MANY_REQUESTS, "GitLab rate limit exceeded");
                Self::new(status, "RATE_LIMIT_EXCEEDED", message)
                    .with(|inner| inner.retry = Some(Retry::At(waiting.until)))
                    .because(error)
            }
            GitlabError::Timeout(_) => {
                let message = error.to_string();
                Self::new(StatusCode::GATEWAY_TIMEOUT, "GITLAB_TIMEOUT", message).because(error)
            }
            GitlabError::Unreachable(_)
            | GitlabError::Broken(_)
            | GitlabError::Redirected(_)
            | GitlabError::TooLarge(_)
            | GitlabError::InvalidBody(_) => Self::new(
                StatusCode::BAD_GATEWAY,
                "GITLAB_UNREACHABLE",
                "Failed to connect to GitLab",
            )
            .because(error),
            GitlabError::Withheld => Self::internal(error),
        }
    }
}

impl ApiError {
    /// GitLab's own refusal: its status, what it says, and its body as `details`.
    pub(crate) fn of_gitlab(refusal: &Refusal) -> Self {
        let status = refusal.status;
        let (code, message) = match status {
            // What GitLab says about a token is for nobody but the log.
            StatusCode::UNAUTHORIZED => {
                return Self::new(status, "UNAUTHORIZED", "GitLab authentication failed");
            }
            StatusCode::FORBIDDEN => ("FORBIDDEN", "Insufficient permissions".to_owned()),
            StatusCode::NOT_FOUND => ("NOT_FOUND", refusal.message.clone()),
            StatusCode::TOO_MANY_REQUESTS => ("RATE_LIMIT_EXCEEDED", "GitLab rate limit exceeded".to_owned()),
            _ => ("GITLAB_API_ERROR", refusal.message.clone()),
        };
        let details = (!refusal.body.is_empty()).then(|| refusal.details());
        Self::new(status, code, message).with(|inner| inner.details = details)
    }
}

impl From<HostRefused> for ApiError {
    fn from(error: HostRefused) -> Self {
        Self::forbidden(error.to_string())
    }
}

impl From<InvalidPath> for ApiError {
    fn from(error: InvalidPath) -> Self {
        Self::invalid_field("path", error.to_string())
    }
}
