use std::fmt;

use domain::InstanceUrl;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// The header that carries a personal, project or group access token.
pub(crate) const PRIVATE_TOKEN: HeaderName = HeaderName::from_static("private-token");

/// How GitLab wants a token to be sent (GitLab API facts §1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Personal, project, group and impersonation tokens: `PRIVATE-TOKEN`.
    Personal,
    /// Access tokens of "Sign in with GitLab": `Authorization: Bearer`.
    OAuth,
}

/// A GitLab credential.
///
/// Its text is wiped from memory when the last copy is dropped, and no `Debug` or `Display` shows it.
/// The copy inside a request that is being sent is marked sensitive, which keeps it out of logs.
#[derive(Clone)]
pub struct Token {
    kind: TokenKind,
    secret: SecretString,
    fingerprint: Fingerprint,
}

/// The text cannot be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token has between 1 and 4096 visible ASCII characters and no spaces")]
pub struct InvalidToken;

/// What identifies a credential without telling it: the first 128 bits of a SHA-256 over kind and text.
///
/// Stable across restarts. Two credentials of one user differ, because their scopes may.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 16]);

impl Token {
    /// A personal, project, group or impersonation access token.
    ///
    /// # Errors
    /// The text has characters that no header could carry, or none at all.
    pub fn personal(text: &str) -> Result<Self, InvalidToken> {
        Self::new(TokenKind::Personal, text)
    }

    /// An OAuth access token.
    ///
    /// # Errors
    /// As [`Token::personal`].
    pub fn oauth(text: &str) -> Result<Self, InvalidToken> {
        Self::new(TokenKind::OAuth, text)
    }

    /// A token of a kind that was stored beside it.
    ///
    /// # Errors
    /// As [`Token::personal`].
    pub fn new(kind: TokenKind, text: &str) -> Result<Self, InvalidToken> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible || text.is_empty() || text.len() > 4096 {
            return Err(InvalidToken);
        }
        let label: &[u8] = match kind {
            TokenKind::Personal => b"gitlab-bulk/token/personal\0",
            TokenKind::OAuth => b"gitlab-bulk/token/oauth\0",
        };
        let digest: [u8; 32] = Sha256::new()
            .chain_update(label)
            .chain_update(text.as_bytes())
            .finalize()
            .into();
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&digest[..16]);
        Ok(Self {
            kind,
            secret: SecretString::from(text),
            fingerprint: Fingerprint(fingerprint),
        })
    }

    /// How it is sent.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Identifies this credential in cache keys, budgets and logs.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The text itself, for encrypting it. Nothing else needs it.
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }

    /// The header GitLab reads, marked sensitive.
    pub(crate) fn header(&self) -> (HeaderName, HeaderValue) {
        let (name, text) = match self.kind {
            TokenKind::Personal => (PRIVATE_TOKEN, self.expose().to_owned()),
            TokenKind::OAuth => (AUTHORIZATION, format!("Bearer {}", self.expose())),
        };
        let mut value = HeaderValue::try_from(text).unwrap_or_else(|_| unreachable!("checked when made"));
        value.set_sensitive(true);
        (name, value)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Fingerprint {
    /// What identifies the credential together with the instance that it is for.
    #[must_use]
    pub(crate) fn at(self, instance: &InstanceUrl) -> Self {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(b"gitlab-bulk/token/at\0")
            .chain_update(self.0)
            .chain_update(instance.as_str())
            .finalize()
            .into();
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&digest[..16]);
        Self(fingerprint)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_header_could_carry_is_no_token() {
        for text in ["", "glpat abc", "glpat-\n", "glpat-ü", &"x".repeat(4097)] {
            assert_eq!(Token::personal(text).err(), Some(InvalidToken), "{text:?}");
        }
    }

    #[test]
    fn a_token_is_never_shown() {
        let token = Token::personal("glpat-canary").unwrap();
        assert_eq!(format!("{token:?}"), "***");
        assert_eq!(format!("{:?}", token.header().1), "Sensitive");
    }

    #[test]
    fn each_kind_has_its_header() {
        let (name, value) = Token::personal("glpat-a").unwrap().header();
        assert_eq!(
            (name.as_str(), value.to_str().unwrap()),
            ("private-token", "glpat-a")
        );
        let (name, value) = Token::oauth("abc").unwrap().header();
        assert_eq!(
            (name.as_str(), value.to_str().unwrap()),
            ("authorization", "Bearer abc")
        );
    }

    #[test]
    fn a_fingerprint_is_stable_and_tells_credentials_apart() {
        let print = |token: Result<Token, _>| token.unwrap().fingerprint().to_string();
        assert_eq!(
            print(Token::personal("glpat-a")),
            print(Token::personal("glpat-a"))
        );
        assert_ne!(
            print(Token::personal("glpat-a")),
            print(Token::personal("glpat-b"))
        );
        assert_ne!(print(Token::personal("glpat-a")), print(Token::oauth("glpat-a")));
        assert!(!print(Token::personal("glpat-a")).contains("glpat"));
    }
}
