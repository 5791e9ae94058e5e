use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::Timestamp;
use engine::Actor;
use gitlab_client::{Gitlab, Token};
use sha2::{Digest, Sha256};

use super::Profile;

/// What the database and logs know a session by: the SHA-256 of its cookie's value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SessionId(pub(crate) [u8; 32]);

impl SessionId {
    /// The id of the session with this cookie.
    pub(crate) fn of(cookie: &str) -> Self {
        Self(Sha256::digest(cookie.as_bytes()).into())
    }

    /// A room of Socket.IO that holds the sockets of this session.
    pub(crate) fn room(self) -> String {
        format!("session:{}", BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl std::fmt::Debug for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionId(***)")
    }
}

/// A new cookie value: 256 random bits.
pub(super) fn new_cookie() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// A signed-in user, and the way to their GitLab.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) actor: Actor,
    pub(crate) profile: Profile,
    pub(crate) gitlab: Gitlab,
    pub(crate) token: Token,
    /// Whether the token's scopes let it change anything.
    pub(crate) may_write: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    last_activity: AtomicI64,
}

impl Session {
    #[expect(
        clippy::too_many_arguments,
        reason = "one place makes it, from what it has just read"
    )]
    pub(super) fn new(
        id: SessionId,
        actor: Actor,
        profile: Profile,
        gitlab: Gitlab,
        token: Token,
        may_write: bool,
        created_at: Timestamp,
        expires_at: Timestamp,
        last_activity: Timestamp,
    ) -> Self {
        let last_activity = AtomicI64::new(last_activity.as_millis());
        Self {
            id,
            actor,
            profile,
            gitlab,
            token,
            may_write,
            created_at,
            expires_at,
            last_activity,
        }
    }

    /// When it was last used, to within the time between two notes in the database.
    pub(crate) fn last_activity(&self) -> Timestamp {
        Timestamp::from_millis(self.last_activity.load(Ordering::Relaxed))
    }

    /// Notes a use; true when the last note is so old that the database should hear of it.
    pub(super) fn used(&self, now: Timestamp, note_after: std::time::Duration) -> bool {
        let last = self.last_activity();
        now.since(last) >= note_after
            && self
                .last_activity
                .compare_exchange(
                    last.as_millis(),
                    now.as_millis(),
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                )
                .is_ok()
    }
}
