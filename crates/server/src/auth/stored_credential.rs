use std::borrow::Cow;

use gitlab_client::{InvalidToken, Token, TokenKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Credential;
use super::grant::GrantKey;

/// A credential inside what is about to be sealed, or was just opened. Borrows its text, so that no copy stays
/// behind in memory; it has no `Debug`.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredCredential<'a> {
    oauth: bool,
    /// The token, or the key of the grant.
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant: Option<Uuid>,
}

impl<'a> From<&'a Credential> for StoredCredential<'a> {
    fn from(credential: &'a Credential) -> Self {
        match credential {
            Credential::Token(token) => Self {
                oauth: token.kind() == TokenKind::OAuth,
                text: Cow::Borrowed(token.expose()),
                grant: None,
            },
            Credential::Grant(key) => Self {
                oauth: true,
                text: Cow::Borrowed(key.expose()),
                grant: Some(key.id),
            },
        }
    }
}

impl StoredCredential<'_> {
    /// The credential that was stored.
    ///
    /// # Errors
    /// It is none: a defect, since only credentials are stored.
    pub(crate) fn read(&self) -> Result<Credential, InvalidToken> {
        if let Some(id) = self.grant {
            return Ok(Credential::Grant(GrantKey::stored(id, &self.text)));
        }
        let kind = if self.oauth {
            TokenKind::OAuth
        } else {
            TokenKind::Personal
        };
        Token::new(kind, &self.text).map(Credential::Token)
    }
}
