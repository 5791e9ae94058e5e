use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::{InstanceUrl, JobId, UserKey};
use gitlab_client::QuotaReport;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::auth::{SealedHeld, SessionId};
use crate::live::Moved;
use crate::proxy::{Done, Stale};

/// What one node tells all others.
///
/// Read by nodes of other versions during an upgrade: what is added has a default, and a word that is not
/// understood is passed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Word {
    /// These sessions or API keys have ended: the database knows them no more.
    Ended { ids: Vec<String> },
    /// Answers of this instance have become untrue.
    Stale {
        instance: InstanceUrl,
        stale: Stale,
        done: Done,
    },
    /// An event for sockets in any of these rooms, and in none of those.
    Event {
        rooms: Vec<String>,
        #[serde(default)]
        except: Vec<String>,
        event: String,
        payload: Value,
        /// Set where a later state makes this one pointless: which job, and its version.
        #[serde(default)]
        state: Option<(JobId, u64)>,
    },
    /// GitLab has asked this user to wait for so long.
    Shut { user: UserKey, millis: u64 },
    /// So little is left of the window in which GitLab counts this user's requests.
    Quota { user: UserKey, left: QuotaReport },
    /// A group has another path: its followers are to be found elsewhere.
    Moved(Moved),
    /// What an API key holds.
    Held(SealedHeld),
    /// Something could not be told: whatever is only remembered may be untrue.
    Missed,
}

/// A word and who says it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Said<W> {
    pub(super) by: u64,
    #[serde(flatten)]
    pub(super) word: W,
}

impl Word {
    pub(super) fn ended(ids: &[SessionId]) -> Self {
        Self::Ended {
            ids: ids.iter().map(|id| BASE64_URL_SAFE_NO_PAD.encode(id.0)).collect(),
        }
    }
}

/// What a session or key is known by, as [`Word::Ended`] writes it.
pub(super) fn session_id(text: &str) -> Option<SessionId> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    bytes.try_into().ok().map(SessionId)
}

/// What another node says, as it would be said again; `None` when it is not understood.
#[cfg(feature = "fuzzing")]
pub(crate) fn said_again(bytes: &[u8]) -> Option<Vec<u8>> {
    let said: Said<Word> = serde_json::from_slice(bytes).ok()?;
    serde_json::to_vec(&said).ok()
}
