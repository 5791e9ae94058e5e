use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use engine::vault::Vault;
use gitlab_client::{Fingerprint, Token};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What opens a grant. Lies sealed in the rows of whoever holds it, so that the tokens can be opened by nobody once
/// the last of them is gone.
#[derive(Clone)]
pub(crate) struct GrantKey {
    pub(crate) id: Uuid,
    text: Zeroizing<String>,
}

impl GrantKey {
    /// The key of a new grant: 256 random bits.
    pub(super) fn random() -> Self {
        let bits = Zeroizing::new(rand::random::<[u8; 32]>());
        let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
        Self::stored(id, &BASE64_URL_SAFE_NO_PAD.encode(*bits))
    }

    /// A key as [`expose`](Self::expose) gave it.
    pub(crate) fn stored(id: Uuid, text: &str) -> Self {
        let text = Zeroizing::new(text.to_owned());
        Self { id, text }
    }

    /// The text, for sealing it. Nothing else needs it.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }

    /// Seals and opens the pair of tokens. `None` for what is no key: a defect, since only keys are stored.
    pub(super) fn vault(&self) -> Option<Vault> {
        Vault::new(self.text.as_bytes().to_vec(), None).ok()
    }

    /// What identifies the grant in caches and budgets, whatever its tokens are at present.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        Token::oauth(&format!("grant-{}", self.id))
            .unwrap_or_else(|_| unreachable!("letters, digits and dashes"))
            .fingerprint()
    }
}

impl fmt::Debug for GrantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
