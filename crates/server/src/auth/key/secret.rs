use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use engine::vault::Vault;
use zeroize::Zeroizing;

use crate::auth::SessionId;

/// What every key begins with, so that people and scanners of leaked secrets recognise one.
const PREFIX: &str = "gbk_";
/// 256 random bits in base64.
const DIGITS: usize = 43;

/// An API key: `gbk_` and 256 random bits. Wiped from memory when it is dropped, and shown by nothing.
pub(crate) struct KeySecret(Zeroizing<String>);

impl KeySecret {
    /// A new key.
    pub(crate) fn random() -> Self {
        let bits = Zeroizing::new(rand::random::<[u8; 32]>());
        let digits = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(*bits));
        Self(Zeroizing::new(format!("{PREFIX}{}", *digits)))
    }

    /// The text as a key, if it can be one.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let proper = digits.len() == DIGITS
            && digits
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        proper.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// What database and memory know it by.
    ///
    /// It is looked up by this alone: how long that takes says nothing about any key.
    pub(super) fn id(&self) -> SessionId {
        SessionId::of(&self.0)
    }

    /// Seals and opens with keys derived from this key itself.
    pub(super) fn vault(&self) -> Vault {
        Vault::new(self.0.as_bytes().to_vec(), None)
            .unwrap_or_else(|_| unreachable!("a key is longer than 32 bytes"))
    }

    /// The text, to be shown once.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_recognised_by_its_form() {
        let key = KeySecret::random();
        assert!(KeySecret::of(key.expose()).is_some());
        assert_ne!(KeySecret::random().expose(), key.expose());
        for text in [
            "",
            "gbk_",
            "gbk_short",
            &key.expose()[1..],
            &format!("{}x", key.expose()),
        ] {
            assert!(KeySecret::of(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_key_is_never_shown() {
        assert_eq!(format!("{:?}", KeySecret::random()), "KeySecret(***)");
    }
}
