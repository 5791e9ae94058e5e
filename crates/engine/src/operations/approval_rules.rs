//! The approval rules of a project (GitLab API facts §7.10).

use std::collections::BTreeSet;

use domain::ItemResult;
use gitlab_api::ApiPath;
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::place;
use crate::estate::{Known, Rows};
use crate::operation::{CallContext, Collection, Planned};

/// All approval rules of a project.
pub(super) static RULES: Collection = Collection::list("approval_rules");

/// `…/approval_rules`
pub(super) fn path(of: Option<&Known>) -> ApiPath {
    of.map_or_else(|| ApiPath::new("projects"), place::api)
        .join("approval_rules")
}

fn text<'a>(rule: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    rule.get(key).and_then(Value::as_str)
}

/// `regular`, `any_approver`, or one of those that GitLab makes itself.
pub(super) fn kind(rule: &Map<String, Value>) -> &str {
    text(rule, "rule_type").unwrap_or("regular")
}

/// The rule of this name; of those that ask for anybody's approval there is one at most, whatever its name.
pub(super) fn find<'a>(
    rows: &'a [Map<String, Value>],
    name: &str,
    any: bool,
) -> Option<&'a Map<String, Value>> {
    rows.iter()
        .find(|rule| text(rule, "name") == Some(name))
        .or_else(|| rows.iter().find(|rule| any && kind(rule) == "any_approver"))
}

/// GitLab makes it for reports or code owners: nobody else changes it.
pub(super) fn system(rule: &Map<String, Value>, of: &Known) -> Option<Planned> {
    let kind = kind(rule);
    (!matches!(kind, "regular" | "any_approver")).then(|| {
        Planned::conflict(
            "SYSTEM_RULE",
            format!(
                "the approval rule `{}` of `{}` is one of GitLab's own ({kind}) and is left alone",
                text(rule, "name").unwrap_or_default(),
                of.full_path
            ),
        )
    })
}

/// What a list of a rule names, by number: `users`, `groups`, `protected_branches`.
pub(super) fn numbers(rule: &Map<String, Value>, list: &str) -> BTreeSet<u64> {
    let entries = rule.get(list).and_then(Value::as_array);
    entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.get("id")?.as_u64())
        .collect()
}

/// The same for people.
pub(super) fn names(rule: &Map<String, Value>, list: &str) -> Vec<(u64, String)> {
    let name = match list {
        "users" => "username",
        "groups" => "full_path",
        _ => "name",
    };
    let entries = rule.get(list).and_then(Value::as_array);
    entries
        .into_iter()
        .flatten()
        .filter_map(|entry| Some((entry.get("id")?.as_u64()?, entry.get(name)?.as_str()?.to_owned())))
        .collect()
}

/// A rule as an entry of a manifest; GitLab's own rules are not anybody's to change.
pub(super) fn entry(rule: &Map<String, Value>) -> Option<Map<String, Value>> {
    matches!(kind(rule), "regular" | "any_approver").then(|| as_params(rule))
}

/// How a rule is, as parameters that would set it again.
pub(super) fn as_params(rule: &Map<String, Value>) -> Map<String, Value> {
    let mut params = Map::new();
    for key in ["name", "rule_type", "approvals_required"] {
        params.extend(rule.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    if kind(rule) == "regular" {
        let numbers = |list| {
            numbers(rule, list)
                .into_iter()
                .map(|id| Value::from(id.to_string()))
        };
        params.insert("users".into(), numbers("users").collect());
        params.insert("groups".into(), numbers("groups").collect());
    }
    let all = rule
        .get("applies_to_all_protected_branches")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    if all {
        params.insert("applies_to_all_protected_branches".into(), true.into());
    } else {
        let branches = names(rule, "protected_branches");
        let branches = branches.into_iter().map(|(_, name)| Value::from(name));
        params.insert("applies_to_all_protected_branches".into(), false.into());
        params.insert("protected_branches".into(), branches.collect());
    }
    params
}

/// The rules now.
pub(super) async fn look(gitlab: &Gitlab, of: &Known) -> Result<Vec<Map<String, Value>>, GitlabError> {
    use futures::TryStreamExt;

    let pages = gitlab.pages(&path(Some(of)), &[] as &[(&str, &str)], Lane::Jobs);
    let pages: Vec<gitlab_client::Page<Map<String, Value>>> = pages.try_collect().await?;
    Ok(pages.into_iter().flat_map(|page| page.items).collect())
}

/// The number of a rule.
pub(super) fn number(rule: &Map<String, Value>) -> Option<u64> {
    rule.get("id").and_then(Value::as_u64)
}

/// Why the rules cannot be compared; `None` when they can.
pub(super) fn unreadable(rows: Option<&Rows>, of: &Known) -> Option<Planned> {
    match rows {
        Some(Rows::Forbidden) => Some(place::forbidden(of, "approval rules")),
        Some(Rows::Missing) => Some(place::needs_premium("an approval rule")),
        _ => None,
    }
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
    Some(place::result(of, id, "merge_requests"))
}
