use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;

/// What an item would do, as the plan found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The target does not exist and will be made.
    Create,
    /// The target exists and will be changed.
    Update,
    /// The target will be removed.
    Delete,
    /// Nothing will be done, and that is as wanted (`skipExisting`).
    Skip,
    /// The target is as wanted already.
    Unchanged,
    /// Something stands in the way; nothing will be sent.
    Conflict,
}

impl Action {
    /// The word used in JSON and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Skip => "skip",
            Self::Unchanged => "unchanged",
            Self::Conflict => "conflict",
        }
    }

    /// The action with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Create,
            Self::Update,
            Self::Delete,
            Self::Skip,
            Self::Unchanged,
            Self::Conflict,
        ]
        .into_iter()
        .find(|action| action.name() == name)
    }

    /// Whether running the item sends a write to GitLab.
    pub const fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Delete)
    }
}

/// Where an item stands. `pending → running → succeeded | failed | skipped | cancelled | unconfirmed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ItemStatus {
    /// Nothing has been sent.
    Pending,
    /// An intent is committed; there may or may not be an answer.
    Running,
    /// GitLab has it as wanted.
    Succeeded,
    /// GitLab refused, or what it depends on failed.
    Failed,
    /// Nothing was to be done.
    Skipped,
    /// The job was cancelled before its turn.
    Cancelled,
    /// Nobody can tell what became of it; a person has to look.
    Unconfirmed,
}

/// What happens to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemEvent {
    /// Its intent has been committed.
    Intended,
    /// GitLab answered that it is done, or looking showed it.
    Succeeded,
    /// GitLab refused for good.
    Refused,
    /// Nothing was to be done (exists already).
    Skipped,
    /// Nothing took effect and it may be tried again (throttled, refused connection, proven absent).
    PutBack,
    /// The answer was lost and looking did not settle it.
    Lost,
    /// The job was cancelled.
    Cancelled,
}

/// An event that a status does not allow: a defect, never a user's mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an item that is {from} cannot take {event:?}")]
pub struct IllegalItemTransition {
    /// The status it had.
    pub from: ItemStatus,
    /// What was to happen.
    pub event: ItemEvent,
}

impl ItemStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Skipped,
        Self::Cancelled,
        Self::Unconfirmed,
    ];

    /// The word used in JSON and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::Unconfirmed => "unconfirmed",
        }
    }

    /// The status with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether the item has come to its end (a person may still settle an unconfirmed one).
    pub const fn has_ended(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }

    /// The one table of an item's life.
    ///
    /// # Errors
    /// The event is not possible in this status.
    pub fn after(self, event: ItemEvent) -> Result<Self, IllegalItemTransition> {
        use ItemEvent as E;
        match (self, event) {
            (Self::Pending, E::Intended) => Ok(Self::Running),
            (Self::Pending, E::Skipped) => Ok(Self::Skipped),
            (Self::Pending, E::Cancelled) => Ok(Self::Cancelled),
            (Self::Pending | Self::Running | Self::Unconfirmed, E::Refused) => Ok(Self::Failed),
            (Self::Running | Self::Unconfirmed, E::Succeeded) => Ok(Self::Succeeded),
            (Self::Running | Self::Unconfirmed, E::PutBack) => Ok(Self::Pending),
            (Self::Running, E::Lost) => Ok(Self::Unconfirmed),
            (from, event) => Err(IllegalItemTransition { from, event }),
        }
    }
}

impl fmt::Display for ItemStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where an item came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Source {
    /// Name of the file as it was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub file: Option<std::sync::Arc<str>>,
    /// Row of data, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub row: Option<u32>,
    /// Place in a JSON body or manifest: `items[3]`, `groups[0].projects[2]`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
}

/// One field that an item changes. Values of secrets are `***`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// GitLab's name of the field.
    pub field: String,
    /// The value GitLab has now; null when there is none.
    pub from: serde_json::Value,
    /// The value that is wanted.
    pub to: serde_json::Value,
}

/// Why an item failed, was skipped or stands in conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemError {
    /// A fixed word to group by and to retry by: `GITLAB_FORBIDDEN`, `DEPENDENCY_FAILED` …
    pub code: String,
    /// One sentence for a person: what, why, and what to do.
    pub message: String,
    /// GitLab's status, when it answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gitlab_status: Option<u16>,
    /// GitLab's body, when it was JSON and small.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub details: Option<serde_json::Value>,
}

/// What a person should look at to settle an `unconfirmed` item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LookAt {
    /// The page in GitLab.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// What to compare there.
    pub message: String,
}

/// The object that an item made or changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemResult {
    /// GitLab's number of the group or project (for a member: of the user).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<u64>,
    /// Full path of the group or project.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub full_path: Option<String>,
    /// Its page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub web_url: Option<String>,
}

/// One operation on one target: one row of an import, as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Place in the job, from 0, in the order of the input.
    pub index: u32,
    /// `create_group`, `add_member` …
    pub operation: String,
    /// What the plan found; absent while the job is being planned.
    pub action: Option<Action>,
    /// What it is about: a full path, for members `path#username`.
    pub target: String,
    /// Where it came from.
    pub source: Source,
    /// Where it stands.
    pub status: ItemStatus,
    /// How many times a write was sent for it.
    pub attempts: u32,
    /// Why it failed or was skipped.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<ItemError>,
    /// What to look at when it is `unconfirmed`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub look_at: Option<LookAt>,
    /// What it made or changed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub result: Option<ItemResult>,
    /// Field by field, what the plan says would change.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<Change>,
    /// What a person should know before it runs, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
    /// Where GitLab differed from what the item did when that was last looked at; empty: nowhere.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub differences: Option<Vec<Change>>,
    /// Items that have to succeed first.
    pub depends_on: Vec<u32>,
    /// When its first intent was committed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub started_at: Option<Timestamp>,
    /// When it came to its end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub finished_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_item_stays_ended_unless_a_person_settles_it() {
        use ItemEvent as E;
        let events = [
            E::Intended,
            E::Succeeded,
            E::Refused,
            E::Skipped,
            E::PutBack,
            E::Lost,
            E::Cancelled,
        ];
        for status in ItemStatus::ALL.into_iter().filter(|status| status.has_ended()) {
            for event in events {
                let allowed = status.after(event).is_ok();
                let settles = status == ItemStatus::Unconfirmed
                    && matches!(event, E::Succeeded | E::Refused | E::PutBack);
                assert_eq!(allowed, settles, "{status} + {event:?}");
            }
        }
    }

    #[test]
    fn only_an_intent_makes_an_item_run() {
        assert_eq!(
            ItemStatus::Pending.after(ItemEvent::Intended),
            Ok(ItemStatus::Running)
        );
        assert!(ItemStatus::Pending.after(ItemEvent::Succeeded).is_err());
    }
}
