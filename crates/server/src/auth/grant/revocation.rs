use std::time::Duration;

use engine::vault::Purpose;
use gitlab_client::GitlabError;
use storage::RevocationRecord;

use super::GrantStore;
use super::store::Shared;
use crate::error::{ApiError, Result};

/// While GitLab is away it is asked so often; longer than a request takes, so that one node asks at a time.
const AGAIN: Duration = Duration::from_mins(5);
/// A token that GitLab could not be told of for so long is forgotten here.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// So many are taken in one go.
const AT_ONCE: u32 = 20;

impl Shared {
    /// Ends a grant of this version with this refresh token, unless somebody holds it, it is gone, or it has been
    /// renewed. Then whoever ended it has GitLab revoke it first; if that fails, any node does later.
    pub(super) async fn end(
        &self,
        instance: &domain::InstanceUrl,
        id: uuid::Uuid,
        version: i64,
        refresh: &str,
    ) -> Result<Option<RevocationRecord>> {
        let ended_at = self.clock.now();
        let revocation = RevocationRecord {
            id,
            instance: instance.clone(),
            sealed: self
                .vault
                .seal(Purpose::OAuthRevocation, id.as_bytes(), refresh.as_bytes()),
            ended_at,
        };
        let ended = self
            .storage
            .end_grant(&revocation, version, ended_at.plus(AGAIN))
            .await?;
        Ok(ended.then_some(revocation))
    }
}

impl GrantStore {
    /// Has GitLab revoke what it could not be told of before, by this node or by another.
    pub(crate) async fn revoke_due(&self) -> Result<()> {
        let shared = &*self.shared;
        if shared.oauth.is_none() {
            // GitLab would not know who asks.
            return Ok(());
        }
        loop {
            let now = shared.clock.now();
            let due = shared
                .storage
                .take_revocations(now, now.plus(AGAIN), AT_ONCE)
                .await?;
            for revocation in &due {
                if !self.revoke(revocation).await? {
                    return Ok(());
                }
            }
            if due.len() < AT_ONCE as usize {
                return Ok(());
            }
        }
    }

    /// Has GitLab revoke one. False when GitLab is away: then it stays, until it is due again.
    pub(super) async fn revoke(&self, revocation: &RevocationRecord) -> Result<bool> {
        let shared = &*self.shared;
        let opened = shared.vault.open(
            Purpose::OAuthRevocation,
            revocation.id.as_bytes(),
            &revocation.sealed,
        );
        match opened {
            Ok(token) => {
                let token = std::str::from_utf8(&token).map_err(ApiError::internal)?;
                let form = shared.form(&[("token", token)]);
                match shared.client.oauth_revoke(&revocation.instance, &form).await {
                    Ok(()) => {}
                    Err(error)
                        if is_passing(&error) && shared.clock.now() < revocation.ended_at.plus(KEPT) =>
                    {
                        tracing::warn!(%error, "GitLab could not revoke a grant; it is asked again later");
                        return Ok(false);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "GitLab did not revoke a grant; it is forgotten here");
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "A grant cannot be revoked at GitLab; it is forgotten here"),
        }
        shared.storage.remove_revocation(revocation.id).await?;
        Ok(true)
    }
}

/// Another moment may be better.
fn is_passing(error: &GitlabError) -> bool {
    error.is_outage() || error.retry_at().is_some()
}
