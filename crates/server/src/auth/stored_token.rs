use std::borrow::Cow;

use gitlab_client::{InvalidToken, Token, TokenKind};
use serde::{Deserialize, Serialize};

/// A token inside what is about to be sealed, or was just opened. Borrows its text, so that no copy stays
/// behind in memory; it has no `Debug`.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredToken<'a> {
    oauth: bool,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

impl<'a> From<&'a Token> for StoredToken<'a> {
    fn from(token: &'a Token) -> Self {
        Self {
            oauth: token.kind() == TokenKind::OAuth,
            text: Cow::Borrowed(token.expose()),
        }
    }
}

impl StoredToken<'_> {
    /// The token that was stored.
    ///
    /// # Errors
    /// It is none: a defect, since only tokens are stored.
    pub(crate) fn read(&self) -> Result<Token, InvalidToken> {
        let kind = if self.oauth {
            TokenKind::OAuth
        } else {
            TokenKind::Personal
        };
        Token::new(kind, &self.text)
    }
}
