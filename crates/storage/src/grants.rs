use async_trait::async_trait;
use domain::{InstanceUrl, JobId, KeyId, Timestamp};
use uuid::Uuid;

use crate::Result;

/// An OAuth grant as it is stored: the database sees neither token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRecord {
    /// Its name.
    pub id: Uuid,
    /// The pair of tokens, sealed with the key that its holders have.
    pub sealed: Vec<u8>,
    /// Rises with each renewal; 0 for a new one.
    pub version: i64,
    /// When somebody signed in.
    pub created_at: Timestamp,
}

/// What revokes a grant at GitLab, kept until GitLab has done so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationRecord {
    /// The grant, which is gone.
    pub id: Uuid,
    /// Whose GitLab it is.
    pub instance: InstanceUrl,
    /// The token to revoke, sealed with a secret that every node has.
    pub sealed: Vec<u8>,
    /// When the last holder let go.
    pub ended_at: Timestamp,
}

/// What has the key of a grant, sealed in its own row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantHolder {
    /// The session with this hash.
    Session([u8; 32]),
    /// An API key.
    Key(KeyId),
    /// The credential of a job.
    Job(JobId),
}

/// OAuth grants. Each lives as long as a session, an API key or a job's credential holds it.
#[async_trait]
pub trait Grants: Send + Sync {
    /// Stores a new grant.
    async fn add_grant(&self, grant: &GrantRecord) -> Result<()>;

    /// The grant, if it is still there.
    async fn grant(&self, id: Uuid) -> Result<Option<GrantRecord>>;

    /// Notes that somebody holds it, if it is still there, instead of whatever they held before. When their row goes, so does this.
    async fn hold_grant(&self, id: Uuid, holder: GrantHolder) -> Result<()>;

    /// Whether anybody holds it at `now`: an API key that has expired is listed for a while, and holds nothing.
    async fn is_grant_held(&self, id: Uuid, now: Timestamp) -> Result<bool>;

    /// Takes the right to renew this version until a moment. False when somebody else has it at `now`, or has
    /// renewed it already. A refresh token is good once: two renewals at a time lose the grant.
    async fn claim_renewal(&self, id: Uuid, version: i64, now: Timestamp, until: Timestamp) -> Result<bool>;

    /// Stores the renewed grant as the next version, and gives the right back. False when it is not `version` any more.
    async fn renew_grant(&self, id: Uuid, version: i64, sealed: &[u8]) -> Result<bool>;

    /// Gives the right to renew back without having renewed.
    async fn give_renewal_back(&self, id: Uuid, version: i64) -> Result<()>;

    /// Removes a grant, also one that is held.
    async fn remove_grant(&self, id: Uuid) -> Result<()>;

    /// Ends a grant that is at this version and that nobody holds at `revocation.ended_at`: it goes, and what revokes it
    /// stays, to be taken from `due` on. False, and nothing changes, for a grant that is held, gone, or of another
    /// version: of many that end it at once, one does.
    async fn end_grant(&self, revocation: &RevocationRecord, version: i64, due: Timestamp) -> Result<bool>;

    /// Revocations that are due at `now`, at most `most`, those first that have waited longest. Nobody else is given them until
    /// `until`.
    async fn take_revocations(
        &self,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<RevocationRecord>>;

    /// Forgets a revocation: GitLab has done it, or never will.
    async fn remove_revocation(&self, id: Uuid) -> Result<()>;

    /// Removes those that nobody holds and that were made before `moment`; returns how many.
    async fn purge_grants(&self, moment: Timestamp) -> Result<u64>;
}
