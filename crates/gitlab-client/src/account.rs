use std::time::{Duration, UNIX_EPOCH};

use gitlab_api::resources::{CurrentUser, PersonalAccessToken, Version};
use http::header::DATE;
use http::{HeaderMap, StatusCode};

use crate::error::GitlabError;
use crate::pace::Lane;
use crate::read::NO_QUERY;
use crate::session::Gitlab;

/// What GitLab tells about the token in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFacts {
    /// Scopes and expiry of a personal, project or group access token.
    Known(PersonalAccessToken),
    /// GitLab tells nothing: it is an OAuth token, or the instance does not know the question.
    Untold,
}

/// Where a user stands with an instance's own limit (GitLab API facts §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests a minute.
    pub limit: u64,
    /// What is left of the window.
    pub remaining: u64,
    /// Until the window ends, by GitLab's clock.
    pub resets_in: Duration,
}

impl Allowance {
    /// Reads `RateLimit-*`, or the older `X-RateLimit-*` of some proxies in front of GitLab.
    fn read(headers: &HeaderMap) -> Option<Self> {
        let number = |name: &str| -> Option<u64> {
            let value = headers
                .get(format!("ratelimit-{name}"))
                .or_else(|| headers.get(format!("x-ratelimit-{name}")))?;
            value.to_str().ok()?.trim().parse().ok()
        };
        let now = headers.get(DATE)?.to_str().ok()?;
        let now = httpdate::parse_http_date(now)
            .ok()?
            .duration_since(UNIX_EPOCH)
            .ok()?;
        Some(Self {
            limit: number("limit")?,
            remaining: number("remaining")?,
            resets_in: Duration::from_secs(number("reset")?).saturating_sub(now),
        })
    }
}

impl Gitlab {
    /// Whose token it is. The first question of every login: an answer proves the token.
    ///
    /// # Errors
    /// [`GitlabError::Unauthorized`] for a token that is unknown, revoked or expired; else as [`Gitlab::get`].
    pub async fn current_user(&self) -> Result<CurrentUser, GitlabError> {
        self.get("user", NO_QUERY, Lane::People).await
    }

    /// Scopes and expiry of the token.
    ///
    /// # Errors
    /// As [`Gitlab::get`].
    pub async fn token_self(&self) -> Result<TokenFacts, GitlabError> {
        if self.inner.credential.is_oauth() {
            return Ok(TokenFacts::Untold);
        }
        match self
            .get("personal_access_tokens/self", NO_QUERY, Lane::People)
            .await
        {
            Ok(token) => Ok(TokenFacts::Known(token)),
            // 400 is GitLab's answer to an OAuth token that came in as a personal one, 404 that of old versions.
            Err(GitlabError::Gitlab(refusal)) if refusal.status == StatusCode::BAD_REQUEST => {
                Ok(TokenFacts::Untold)
            }
            Err(GitlabError::NotFound(_)) => Ok(TokenFacts::Untold),
            Err(error) => Err(error),
        }
    }

    /// What is left of the instance's own limit for this user, as GitLab tells it with any answer; `None` where it
    /// does not.
    ///
    /// # Errors
    /// As [`Gitlab::get`].
    pub async fn allowance(&self) -> Result<Option<Allowance>, GitlabError> {
        let url = self.inner.url("version", None)?;
        let (answer, _) = self.inner.read(url, Lane::People).await?;
        Ok(Allowance::read(&answer.headers))
    }

    /// The instance's version.
    ///
    /// # Errors
    /// As [`Gitlab::get`].
    pub async fn version(&self) -> Result<Version, GitlabError> {
        self.get("version", NO_QUERY, Lane::People).await
    }
}
