use serde::{Deserialize, Serialize};

use super::object_id::ObjectId;
use crate::ids::UserId;
use crate::time_text::Moment;

/// What somebody wrote about a commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CommitComment {
    pub(crate) id: u64,
    pub(crate) commit: ObjectId,
    pub(crate) author: UserId,
    pub(crate) note: String,
    pub(crate) path: Option<String>,
    pub(crate) line: Option<i64>,
    pub(crate) line_type: Option<String>,
    pub(crate) created_at: Moment,
}

/// What a program said about a commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CommitStatus {
    pub(crate) id: u64,
    pub(crate) commit: ObjectId,
    pub(crate) author: UserId,
    pub(crate) reference: Option<String>,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) target_url: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) coverage: Option<f64>,
    pub(crate) created_at: Moment,
}
