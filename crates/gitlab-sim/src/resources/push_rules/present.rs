use serde::Serialize;

use crate::state::{PushRule, PushRules, Source};
use crate::time_text::Moment;

/// A push rule. Only that of a project says whose it is.
#[derive(Debug, Serialize)]
pub(super) struct PushRuleBody {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<u64>,
    created_at: Moment,
    commit_message_regex: String,
    commit_message_negative_regex: String,
    branch_name_regex: String,
    deny_delete_tag: bool,
    member_check: bool,
    prevent_secrets: bool,
    author_email_regex: String,
    file_name_regex: String,
    max_file_size: u64,
    commit_committer_check: bool,
    commit_committer_name_check: bool,
    reject_unsigned_commits: bool,
    reject_non_dco_commits: bool,
}

impl PushRuleBody {
    pub(super) fn of(source: Source, rule: &PushRule) -> Self {
        let rules: PushRules = rule.rules.clone();
        Self {
            id: rule.id,
            project_id: match source {
                Source::Project(id) => Some(id.0),
                Source::Group(_) => None,
            },
            created_at: rule.created_at,
            commit_message_regex: rules.commit_message_regex,
            commit_message_negative_regex: rules.commit_message_negative_regex,
            branch_name_regex: rules.branch_name_regex,
            deny_delete_tag: rules.deny_delete_tag,
            member_check: rules.member_check,
            prevent_secrets: rules.prevent_secrets,
            author_email_regex: rules.author_email_regex,
            file_name_regex: rules.file_name_regex,
            max_file_size: rules.max_file_size,
            commit_committer_check: rules.commit_committer_check,
            commit_committer_name_check: rules.commit_committer_name_check,
            reject_unsigned_commits: rules.reject_unsigned_commits,
            reject_non_dco_commits: rules.reject_non_dco_commits,
        }
    }
}
