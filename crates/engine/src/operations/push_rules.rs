//! The push rule of a project or group: there is one or none (GitLab API facts §7.9).

use gitlab_api::ApiPath;
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::place;
use crate::estate::{Known, Rows};
use crate::operation::{CallContext, Collection};
use domain::ItemResult;

/// The push rule, as one object.
pub(super) static PUSH_RULE: Collection = Collection::single("push_rule");

/// What a push rule can say.
pub(super) const FIELDS: [&str; 13] = [
    "deny_delete_tag",
    "member_check",
    "prevent_secrets",
    "commit_message_regex",
    "commit_message_negative_regex",
    "branch_name_regex",
    "author_email_regex",
    "file_name_regex",
    "max_file_size",
    "commit_committer_check",
    "commit_committer_name_check",
    "reject_unsigned_commits",
    "reject_non_dco_commits",
];

/// `…/push_rule`
pub(super) fn path(of: Option<&Known>) -> ApiPath {
    of.map_or_else(|| ApiPath::new("projects"), place::api)
        .join("push_rule")
}

/// The rule that there is.
pub(super) fn present(rows: Option<&Rows>) -> Option<&Map<String, Value>> {
    rows.and_then(|rows| rows.list().first())
}

/// The rule now.
pub(super) async fn look(
    gitlab: &Gitlab,
    of: Option<&Known>,
) -> Result<Option<Map<String, Value>>, GitlabError> {
    let found: Option<Option<Map<String, Value>>> =
        gitlab.find(&path(of), &[] as &[(&str, &str)], Lane::Jobs).await?;
    Ok(found.flatten())
}

/// All that a rule says, as parameters that would set it again.
pub(super) fn as_params(rule: &Map<String, Value>) -> Map<String, Value> {
    let said = FIELDS.iter().filter_map(|field| {
        let value = rule.get(*field)?;
        let value = match value {
            // GitLab says an empty pattern as null.
            Value::Null if field.ends_with("regex") => Value::from(""),
            Value::Null => return None,
            value => value.clone(),
        };
        Some(((*field).to_owned(), value))
    });
    said.collect()
}

/// A rule as an entry of a manifest.
pub(super) fn entry(rule: &Map<String, Value>) -> Option<Map<String, Value>> {
    number(rule).map(|_| as_params(rule))
}

/// The number of a rule, when it is one.
pub(super) fn number(rule: &Map<String, Value>) -> Option<u64> {
    rule.get("id").and_then(Value::as_u64)
}

/// The answer to a write; that to a removal has no body.
pub(super) fn read_result(context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
    #[derive(Deserialize)]
    struct Answer {
        id: u64,
    }
    let of = context.object()?;
    let id = match body {
        [] => None,
        body => Some(serde_json::from_slice::<Answer>(body).ok()?.id),
    };
    Some(place::result(of, id, "repository"))
}
