use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::InstanceUrl;
use futures::future::{self, Either};
use http::header::{ACCEPT, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;

use crate::attempt::host_refused;
use crate::client::GitlabClient;
use crate::error::{GitlabError, Refusal};
use crate::read::parse;
use crate::token::{Fingerprint, Token, TokenKind};

/// An answer about tokens is small; more is none.
const LARGEST_ANSWER: usize = 64 << 10;

/// A credential that changes while it is in use.
#[async_trait]
pub trait Renewal: Send + Sync + fmt::Debug {
    /// What identifies it, whatever its token is at present.
    fn fingerprint(&self) -> Fingerprint;

    /// The token to use now.
    ///
    /// # Errors
    /// [`GitlabError::Unauthorized`] when there is none any more: somebody has to sign in again.
    async fn token(&self) -> Result<Token, GitlabError>;

    /// Another token, after GitLab did not know this one. `None` when there is no better one.
    async fn after_refusal(&self, refused: &Token) -> Option<Token>;
}

/// How a request proves who it is from.
#[derive(Clone)]
pub(crate) enum Credential {
    /// The same for good.
    Fixed(Token, (HeaderName, HeaderValue)),
    /// Asked for before each request.
    Renewed(Arc<dyn Renewal>),
}

impl Credential {
    pub(crate) fn fixed(token: Token) -> Self {
        let header = token.header();
        Self::Fixed(token, header)
    }

    /// Whether GitLab takes it as one of OAuth's.
    pub(crate) fn is_oauth(&self) -> bool {
        match self {
            Self::Fixed(token, _) => token.kind() == TokenKind::OAuth,
            Self::Renewed(_) => true,
        }
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Fixed(token, _) => token.fingerprint(),
            Self::Renewed(renewal) => renewal.fingerprint(),
        }
    }

    /// The header to send, and the token in it where another may follow.
    pub(crate) async fn header(&self) -> Result<((HeaderName, HeaderValue), Option<Token>), GitlabError> {
        match self {
            Self::Fixed(_, header) => Ok((header.clone(), None)),
            Self::Renewed(renewal) => {
                let token = renewal.token().await?;
                Ok((token.header(), Some(token)))
            }
        }
    }

    /// The header to send instead of one that GitLab did not know.
    pub(crate) async fn after_refusal(&self, refused: Option<&Token>) -> Option<(HeaderName, HeaderValue)> {
        match (self, refused) {
            (Self::Renewed(renewal), Some(refused)) => {
                let token = renewal.after_refusal(refused).await?;
                Some(token.header())
            }
            _ => None,
        }
    }
}

/// What GitLab gives for a code or a refresh token (GitLab API facts §1.6).
pub struct TokenPair {
    /// Good for `expires_in`.
    pub access: Token,
    /// Good once; gives the next pair.
    pub refresh: SecretString,
    /// Counted from the answer.
    pub expires_in: Duration,
    /// What was granted, where GitLab says so.
    pub scopes: Option<Vec<String>>,
}

impl fmt::Debug for TokenPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenPair(***)")
    }
}

#[derive(Deserialize)]
struct Body {
    access_token: String,
    refresh_token: SecretString,
    /// Two hours where GitLab does not say.
    #[serde(default = "two_hours")]
    expires_in: u64,
    scope: Option<String>,
}

const fn two_hours() -> u64 {
    7200
}

impl GitlabClient {
    /// `POST /oauth/token`, sent once. `form` has the grant and who the client is.
    ///
    /// # Errors
    /// GitLab's refusal: 400 for a code or refresh token that is good no more, 401 for a client that it does not
    /// know. Whatever else went wrong, it is not known whether the code or refresh token was used up.
    pub async fn oauth_token(
        &self,
        instance: &InstanceUrl,
        form: &[(&str, &str)],
    ) -> Result<TokenPair, GitlabError> {
        let answer = self.oauth_post(instance, "oauth/token", form).await?;
        let body: Body = parse(&answer)?;
        let unreadable = |_| GitlabError::InvalidBody("the access token is none".to_owned());
        Ok(TokenPair {
            access: Token::oauth(&body.access_token).map_err(unreadable)?,
            refresh: body.refresh_token,
            expires_in: Duration::from_secs(body.expires_in),
            scopes: body
                .scope
                .map(|scope| scope.split_whitespace().map(str::to_owned).collect()),
        })
    }

    /// `POST /oauth/revoke`: ends an access or refresh token with its other half.
    ///
    /// # Errors
    /// GitLab's refusal, or no answer.
    pub async fn oauth_revoke(
        &self,
        instance: &InstanceUrl,
        form: &[(&str, &str)],
    ) -> Result<(), GitlabError> {
        self.oauth_post(instance, "oauth/revoke", form).await.map(drop)
    }

    async fn oauth_post(
        &self,
        instance: &InstanceUrl,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<Bytes, GitlabError> {
        self.shared.policy.check_instance(instance)?;
        let mut url = instance.to_url();
        let path = format!("{}{path}", url.path());
        url.set_path(&path);
        let timeout = self.shared.settings.timeout;
        let sending = self
            .shared
            .http
            .post(url)
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .form(form)
            .send();
        let work = async {
            let mut response = sending.await.map_err(no_answer)?;
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
                if body.len() + chunk.len() > LARGEST_ANSWER {
                    return Err(GitlabError::TooLarge(LARGEST_ANSWER));
                }
                body.extend_from_slice(&chunk);
            }
            judge(status, &headers, body.into())
        };
        match future::select(std::pin::pin!(work), self.shared.clock.sleep(timeout)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(GitlabError::Timeout(timeout)),
        }
    }
}

fn judge(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Result<Bytes, GitlabError> {
    if status.is_success() {
        return Ok(body);
    }
    Err(Refusal::new(status, headers, body).into())
}

fn no_answer(error: reqwest::Error) -> GitlabError {
    let error = error.without_url();
    if let Some(refused) = host_refused(&error) {
        return GitlabError::HostRefused(refused);
    }
    if error.is_connect() || error.is_builder() {
        GitlabError::Unreachable(error.into())
    } else {
        GitlabError::Broken(error.into())
    }
}
