use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::{KeyId, KeyScopes, Timestamp};
use engine::Actor;
use gitlab_client::Gitlab;
use sha2::{Digest, Sha256};

use super::standing::Standing;
use super::{Credential, Profile};

/// What the database and logs know a session by: the SHA-256 of its cookie's value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SessionId(pub(crate) [u8; 32]);

impl SessionId {
    /// The id of the session with this cookie.
    pub(crate) fn of(cookie: &str) -> Self {
        Self(Sha256::digest(cookie.as_bytes()).into())
    }

    /// What its owner calls it by: tells neither the cookie nor what the database knows it by.
    pub(crate) fn shown(self) -> String {
        let digest = Sha256::new()
            .chain_update(b"shown:")
            .chain_update(self.0)
            .finalize();
        BASE64_URL_SAFE_NO_PAD.encode(&digest[..16])
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

/// Somebody who was let in, by a cookie or by an API key, and the way to their GitLab.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) actor: Actor,
    pub(crate) profile: Profile,
    pub(crate) gitlab: Gitlab,
    pub(crate) credential: Credential,
    /// Whether the token's scopes let it change anything.
    pub(crate) may_write: bool,
    pub(crate) created_at: Timestamp,
    /// When it ends by itself; only a key may have no end.
    pub(crate) expires_at: Option<Timestamp>,
    /// The API key that it is; `None` for a person with a cookie, who may do everything.
    pub(crate) key: Option<KeyGrant>,
    pub(super) last_activity: LastActivity,
}

/// What an API key may do.
#[derive(Clone, Debug)]
pub(crate) struct KeyGrant {
    pub(crate) id: KeyId,
    pub(crate) name: String,
    pub(crate) scopes: KeyScopes,
}

/// When a session was last used, noted by many requests at once.
#[derive(Debug)]
pub(super) struct LastActivity(AtomicI64);

impl From<Timestamp> for LastActivity {
    fn from(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.as_millis()))
    }
}

/// A sign-in is fresh for so long: what ends other sessions wants one.
const FRESH: Duration = Duration::from_mins(15);

impl Session {
    /// Whether its owner has proved who they are within the last minutes.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        now.since(self.created_at) < FRESH
    }

    /// Takes over what is known of its user now. Whose it is does not change.
    pub(super) fn take(&mut self, standing: &Standing) {
        if standing.profile.id == self.actor.user.user_id {
            self.profile = standing.profile.clone();
            self.actor.username.clone_from(&standing.profile.username);
            self.actor.administrator = standing.profile.is_admin;
            self.may_write = standing.may_write;
        }
    }

    /// When it was last used, to within the time between two notes in the database.
    pub(crate) fn last_activity(&self) -> Timestamp {
        Timestamp::from_millis(self.last_activity.0.load(Ordering::Relaxed))
    }

    /// Notes a use; true when the last note is so old that the database should hear of it.
    pub(super) fn used(&self, now: Timestamp, note_after: Duration) -> bool {
        let last = self.last_activity();
        now.since(last) >= note_after
            && self
                .last_activity
                .0
                .compare_exchange(
                    last.as_millis(),
                    now.as_millis(),
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                )
                .is_ok()
    }
}
