use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::{InstanceUrl, Timestamp};
use engine::vault::{Purpose, Vault};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::auth::grant::GrantKey;
use crate::auth::{Credential, SessionId, StoredCredential};

/// What an API key holds. Only the key opens that in the database, so whoever is to revoke it after the key's end has
/// to have seen it before.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) instance: InstanceUrl,
    pub(super) grant: GrantKey,
    /// When the key ends.
    pub(super) expires_at: Option<Timestamp>,
}

/// The same as one node tells the others, which keep it in memory.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SealedHeld {
    key: String,
    instance: InstanceUrl,
    grant: String,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

impl Held {
    pub(super) fn seal(&self, key: SessionId, vault: &Vault) -> Option<SealedHeld> {
        let credential = Credential::Grant(self.grant.clone());
        let plain = Zeroizing::new(serde_json::to_vec(&StoredCredential::from(&credential)).ok()?);
        let sealed = vault.seal(Purpose::HeldGrant, &key.0, &plain);
        Some(SealedHeld {
            key: BASE64_URL_SAFE_NO_PAD.encode(key.0),
            instance: self.instance.clone(),
            grant: BASE64_URL_SAFE_NO_PAD.encode(sealed),
            expires_at: self.expires_at,
        })
    }

    /// What another node told. `None` for what nobody with our secret has said.
    pub(super) fn open(told: &SealedHeld, vault: &Vault) -> Option<(SessionId, Self)> {
        let key = BASE64_URL_SAFE_NO_PAD.decode(&told.key).ok()?;
        let key = SessionId(key.try_into().ok()?);
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(&told.grant).ok()?;
        let plain = vault.open(Purpose::HeldGrant, &key.0, &sealed).ok()?;
        let stored: StoredCredential<'_> = serde_json::from_slice(&plain).ok()?;
        let Credential::Grant(grant) = stored.read().ok()? else {
            return None;
        };
        let held = Self {
            instance: told.instance.clone(),
            grant,
            expires_at: told.expires_at,
        };
        Some((key, held))
    }
}
