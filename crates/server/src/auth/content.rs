use std::borrow::Cow;

use engine::vault::{Purpose, Vault};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{OpenedFrom, Profile, StoredCredential};
use crate::error::{ApiError, Result};

/// What lies sealed in the database behind a session or an API key.
#[derive(Serialize, Deserialize)]
pub(super) struct Content<'a> {
    pub(super) profile: Cow<'a, Profile>,
    #[serde(borrow, rename = "token")]
    pub(super) credential: StoredCredential<'a>,
    /// Whether the token's scopes let it change anything.
    pub(super) may_write: bool,
    /// Where a session was opened; of keys it is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) opened_from: Option<OpenedFrom>,
}

impl Content<'_> {
    /// Seals it for this purpose and place.
    pub(super) fn seal(&self, vault: &Vault, purpose: Purpose, bound_to: &[u8]) -> Result<Vec<u8>> {
        let plain = Zeroizing::new(serde_json::to_vec(self).map_err(ApiError::internal)?);
        Ok(vault.seal(purpose, bound_to, &plain))
    }
}
