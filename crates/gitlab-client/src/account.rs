use gitlab_api::resources::{CurrentUser, PersonalAccessToken, Version};
use http::StatusCode;

use crate::error::GitlabError;
use crate::pace::Lane;
use crate::read::NO_QUERY;
use crate::session::Gitlab;
use crate::token::TokenKind;

/// What GitLab tells about the token in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFacts {
    /// Scopes and expiry of a personal, project or group access token.
    Known(PersonalAccessToken),
    /// GitLab tells nothing: it is an OAuth token, or the instance does not know the question.
    Untold,
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
        if self.inner.token.kind() == TokenKind::OAuth {
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

    /// The instance's version.
    ///
    /// # Errors
    /// As [`Gitlab::get`].
    pub async fn version(&self) -> Result<Version, GitlabError> {
        self.get("version", NO_QUERY, Lane::People).await
    }
}
