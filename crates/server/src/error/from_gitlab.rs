use gitlab_client::{GitlabError, HostRefused, InvalidPath, Refusal};
use http::StatusCode;

use super::{ApiError, Retry};

impl From<GitlabError> for ApiError {
    fn from(error: GitlabError) -> Self {
        match error {
            GitlabError::HostRefused(refused) => refused.into(),
            GitlabError::InvalidPath(invalid) => invalid.into(),
            GitlabError::Unauthorized(_) => Self::new(
                StatusCode::UNAUTHORIZED,
                "UNAUTHORIZED",
                "GitLab authentication failed",
            )
            .because(error),
            GitlabError::Forbidden(ref refusal)
            | GitlabError::NotFound(ref refusal)
            | GitlabError::Gitlab(ref refusal) => refused(refusal),
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

fn refused(refusal: &Refusal) -> ApiError {
    ApiError::new(refusal.status, "GITLAB_API_ERROR", refusal.message.clone())
        .with(|inner| inner.details = Some(refusal.details()))
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
