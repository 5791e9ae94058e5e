//! Deciding whether a group or project that is there is the one we meant to create.

use std::collections::BTreeMap;

use domain::{Change, ItemResult, LookAt, Timestamp};
use gitlab_api::ApiPath;
use gitlab_client::{GitlabError, Lane};
use serde::Deserialize;
use serde_json::Value;

use crate::operation::{ObjectKind, SettleContext, Settlement};
use crate::settings::{self, Wanted};

/// What both resources say of themselves.
#[derive(Deserialize)]
struct Seen {
    id: u64,
    #[serde(alias = "path_with_namespace")]
    full_path: String,
    web_url: Option<String>,
    created_at: Option<String>,
    creator_id: Option<u64>,
    #[serde(flatten)]
    fields: BTreeMap<String, Value>,
}

/// Looks at `full_path` and decides whether a lost creation of it took effect.
///
/// A creation is ours when the object was absent when planned (it was, or nothing would have been
/// sent), was created not before the intent, by our user where GitLab says by whom, and holds the
/// values that were sent.
pub(super) async fn settle(
    kind: ObjectKind,
    full_path: &str,
    wanted: &[Wanted],
    context: &SettleContext<'_>,
) -> Result<Settlement, GitlabError> {
    let (path, query): (_, &[(&str, &str)]) = match kind {
        ObjectKind::Group => (ApiPath::group(full_path), &[("with_projects", "false")]),
        ObjectKind::Project => (ApiPath::project(full_path), &[]),
    };
    let Some(seen) = context.gitlab.find::<Seen>(&path, query, Lane::Jobs).await? else {
        return Ok(Settlement::Absent);
    };
    let known = crate::estate::Known {
        kind,
        id: seen.id,
        full_path: seen.full_path,
        web_url: seen.web_url,
        fields: seen.fields,
    };
    let result: ItemResult = known.result();
    // GitLab lowers a project's visibility to its group's without an error (API facts §5.4).
    let compared = settings::compare(wanted, &known.fields);
    let shown = |change: &Change| !compared.hidden.iter().any(|setting| setting.name == change.field);
    let differences: Vec<&str> = compared
        .changes
        .iter()
        .filter(|change| shown(change))
        .map(|change| change.field.as_str())
        .filter(|field| !(kind == ObjectKind::Project && *field == "visibility"))
        .collect();
    let created = seen
        .created_at
        .as_deref()
        .and_then(|text| Timestamp::parse(text).ok());
    let in_time = created.is_some_and(|created| created >= context.intent_in_gitlabs_clock());
    let by_us = seen.creator_id.is_none_or(|creator| creator == context.user_id);
    if in_time && by_us && differences.is_empty() {
        return Ok(Settlement::Adopted(result));
    }
    let why = if !in_time {
        "it was created before this job asked for it".to_owned()
    } else if !by_us {
        "it was created by another user".to_owned()
    } else {
        format!("its {} differ from what was sent", differences.join(", "))
    };
    let look_at = LookAt {
        url: result.web_url.clone(),
        message: format!(
            "GitLab's answer was lost and `{full_path}` exists now, but {why}. If it is as you want it, settle the item as succeeded."
        ),
    };
    Ok(Settlement::Undecided {
        present: result,
        look_at,
    })
}
