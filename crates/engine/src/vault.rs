//! Sealing what must not lie in clear on disk: tokens of sessions and of running jobs, secret values of items.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

const NONCE_LENGTH: usize = 24;

/// Seals and opens small secrets with keys derived from the installation's secret.
///
/// XChaCha20-Poly1305 with a random nonce and, by HKDF-SHA256, one key per purpose. What is sealed for
/// one purpose and one place (`bound_to`: a job id, a session's hash) opens nowhere else.
#[derive(Clone)]
pub struct Vault {
    current: SecretSlice<u8>,
    previous: Option<SecretSlice<u8>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(***)")
    }
}

/// What is sealed; each purpose has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The content of a session.
    Session,
    /// The credential of a job that runs without its owner's session.
    JobCredential,
    /// A secret value of an item: of a CI/CD variable.
    ItemSecret,
    /// What a job is to be made from, where it may hold secrets.
    JobRequest,
    /// The credential behind an API key; the vault's secret is then the key itself.
    ApiKey,
    /// The tokens of an OAuth grant; the vault's secret is then that of the grant's holders.
    OAuthGrant,
    /// A token that GitLab is to revoke, and has not yet.
    OAuthRevocation,
    /// What an API key holds, on its way to other nodes. Never stored.
    HeldGrant,
    /// What an attempt to sign in has to remember meanwhile.
    OAuthAttempt,
    /// A part of a file that is still arriving; the vault's secret is made for this file alone.
    Upload,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Session => b"gitlab-bulk session v1",
            Self::JobCredential => b"gitlab-bulk job credential v1",
            Self::ItemSecret => b"gitlab-bulk item secret v1",
            Self::JobRequest => b"gitlab-bulk job request v1",
            Self::ApiKey => b"gitlab-bulk api key v1",
            Self::OAuthGrant => b"gitlab-bulk oauth grant v1",
            Self::OAuthRevocation => b"gitlab-bulk oauth revocation v1",
            Self::HeldGrant => b"gitlab-bulk held grant v1",
            Self::OAuthAttempt => b"gitlab-bulk oauth attempt v1",
            Self::Upload => b"gitlab-bulk upload v1",
        }
    }
}

/// The sealed bytes were changed, are bound elsewhere, or were sealed with another secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sealed data cannot be opened: SESSION_SECRET has changed, or the data was tampered with")]
pub struct CannotOpen;

/// A secret shorter than 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret of at least 32 bytes is needed")]
pub struct SecretTooShort;

impl Vault {
    /// A vault over the installation's secret; `previous` still opens what was sealed before a rotation.
    ///
    /// # Errors
    /// Either secret is shorter than 32 bytes.
    pub fn new(secret: Vec<u8>, previous: Option<Vec<u8>>) -> Result<Self, SecretTooShort> {
        if secret.len() < 32 || previous.as_ref().is_some_and(|previous| previous.len() < 32) {
            return Err(SecretTooShort);
        }
        Ok(Self {
            current: secret.into(),
            previous: previous.map(Into::into),
        })
    }

    fn cipher(secret: &SecretSlice<u8>, purpose: Purpose) -> XChaCha20Poly1305 {
        let mut key = zeroize::Zeroizing::new([0_u8; 32]);
        Hkdf::<Sha256>::new(None, secret.expose_secret())
            .expand(purpose.label(), key.as_mut())
            .unwrap_or_else(|_| unreachable!("32 bytes are within what HKDF-SHA256 gives"));
        XChaCha20Poly1305::new(&Key::from(*key))
    }

    /// Seals `plain`; nonce first, then ciphertext and tag.
    pub fn seal(&self, purpose: Purpose, bound_to: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LENGTH] = rand::random();
        let sealed = Self::cipher(&self.current, purpose)
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: plain,
                    aad: bound_to,
                },
            )
            .unwrap_or_else(|_| unreachable!("encryption fails only above 256 GiB"));
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Vault::seal`] made for the same purpose and place.
    ///
    /// # Errors
    /// See [`CannotOpen`].
    pub fn open(
        &self,
        purpose: Purpose,
        bound_to: &[u8],
        sealed: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, CannotOpen> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or(CannotOpen)?;
        let nonce = XNonce::from(*nonce);
        std::iter::once(&self.current)
            .chain(&self.previous)
            .find_map(|secret| {
                Self::cipher(secret, purpose)
                    .decrypt(
                        &nonce,
                        Payload {
                            msg: ciphertext,
                            aad: bound_to,
                        },
                    )
                    .ok()
            })
            .map(zeroize::Zeroizing::new)
            .ok_or(CannotOpen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(byte: u8) -> Vault {
        Vault::new(vec![byte; 32], None).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_only_for_its_purpose_and_place() {
        let sealed = vault(1).seal(Purpose::Session, b"here", b"glpat-secret");
        assert_eq!(
            *vault(1).open(Purpose::Session, b"here", &sealed).unwrap(),
            b"glpat-secret"
        );
        assert_eq!(
            vault(1).open(Purpose::Session, b"there", &sealed),
            Err(CannotOpen)
        );
        assert_eq!(
            vault(1).open(Purpose::JobCredential, b"here", &sealed),
            Err(CannotOpen)
        );
        assert_eq!(vault(2).open(Purpose::Session, b"here", &sealed), Err(CannotOpen));
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn after_a_rotation_the_old_secret_still_opens() {
        let sealed = vault(1).seal(Purpose::Session, b"", b"x");
        let rotated = Vault::new(vec![2; 32], Some(vec![1; 32])).unwrap();
        assert_eq!(*rotated.open(Purpose::Session, b"", &sealed).unwrap(), b"x");
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let mut sealed = vault(1).seal(Purpose::Session, b"", b"x");
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(vault(1).open(Purpose::Session, b"", &sealed), Err(CannotOpen));
        assert_eq!(vault(1).open(Purpose::Session, b"", b"short"), Err(CannotOpen));
    }
}
