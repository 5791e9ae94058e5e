use serde::{Deserialize, Serialize};

use super::shelf::{Forget, Gone};
use super::{Secret, Shelf};
use crate::ids::{ProjectId, UserId};
use crate::time_text::Moment;

/// Whose an SSH key is. Keys of users and deploy keys share one sequence of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyOwner {
    User(UserId),
    /// A deploy key, which projects enable.
    Deploy,
}

/// A public SSH key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) id: u64,
    pub(crate) title: String,
    /// As it was sent: kind, blob, and perhaps a comment.
    pub(crate) text: String,
    /// Colon-separated, without a prefix.
    pub(crate) md5: String,
    /// `SHA256:` and base64.
    pub(crate) sha256: String,
    pub(crate) usage: String,
    pub(crate) created_at: Moment,
    pub(crate) expires_at: Option<Moment>,
    /// Who made it.
    pub(crate) by: UserId,
    /// A deploy key that everyone may enable.
    #[serde(default)]
    pub(crate) public: bool,
}

/// A deploy key at a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeployKeyAt {
    pub(crate) id: u64,
    pub(crate) key: u64,
    pub(crate) project: ProjectId,
    pub(crate) can_push: bool,
    pub(crate) created_at: Moment,
}

/// A GPG key, kept as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct GpgKey {
    pub(crate) id: u64,
    pub(crate) text: String,
    pub(crate) created_at: Moment,
}

/// A further address of a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Email {
    pub(crate) id: u64,
    pub(crate) address: String,
    pub(crate) confirmed_at: Option<Moment>,
}

/// A token that clones and pulls, but does nothing on the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeployToken {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) username: String,
    pub(crate) secret: Secret,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires_at: Option<Moment>,
    pub(crate) created_at: Moment,
}

impl DeployToken {
    pub(crate) fn is_expired(&self, now: Moment) -> bool {
        self.expires_at.is_some_and(|moment| moment <= now)
    }
}

/// Deploy keys outlive who made them.
impl<T> Forget for Shelf<KeyOwner, T> {
    fn forget(&mut self, gone: Gone) {
        if let Gone::User(id) = gone {
            self.clear(KeyOwner::User(id));
        }
    }
}
