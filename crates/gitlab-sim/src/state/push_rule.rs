use serde::{Deserialize, Serialize};

use crate::time_text::Moment;

/// What a project, or every new project of a group, refuses to have pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PushRule {
    pub(crate) id: u64,
    pub(crate) created_at: Moment,
    pub(crate) rules: PushRules,
}

/// The rules. An empty pattern asks for nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PushRules {
    pub(crate) commit_message_regex: String,
    pub(crate) commit_message_negative_regex: String,
    pub(crate) branch_name_regex: String,
    pub(crate) author_email_regex: String,
    pub(crate) file_name_regex: String,
    pub(crate) deny_delete_tag: bool,
    /// The author must be a user of the instance.
    pub(crate) member_check: bool,
    pub(crate) prevent_secrets: bool,
    /// In megabytes; 0 is no limit.
    pub(crate) max_file_size: u64,
    pub(crate) commit_committer_check: bool,
    pub(crate) commit_committer_name_check: bool,
    pub(crate) reject_unsigned_commits: bool,
    pub(crate) reject_non_dco_commits: bool,
}
