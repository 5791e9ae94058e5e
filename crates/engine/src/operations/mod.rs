//! The operations there are. Adding one: a file here, a line in [`registry`], and tests.

mod add_member;
mod create_group;
mod create_project;
mod settle_created;

pub use add_member::AddMember;
pub use create_group::CreateGroup;
pub use create_project::CreateProject;

use crate::operation::Registry;

/// Every operation of the product.
pub fn registry() -> Registry {
    Registry::new()
        .with::<CreateGroup>()
        .with::<CreateProject>()
        .with::<AddMember>()
}

use std::collections::BTreeMap;

use domain::{Change, ItemResult, Problem};
use gitlab_api::ApiPath;
use gitlab_api::names::Broken;
use serde::Deserialize;
use serde_json::Value;

use crate::estate::Known;
use crate::operation::{Call, ObjectKind, PlanContext, Planned};

/// The first broken rule of a name or path as a problem of its column.
///
/// The first is the one to mend; what else GitLab would say of the same text seldom helps.
fn broken(column: &str, value: &str, rules: &[Broken]) -> Option<Problem> {
    let rule = rules.first()?;
    Some(
        Problem::new(rule.to_string())
            .column(column)
            .value(value)
            .allowed(allowed(rule)),
    )
}

/// What would have been accepted.
fn allowed(rule: &Broken) -> String {
    match rule {
        Broken::Blank => "a text that is not empty".to_owned(),
        Broken::TooShort { minimum } => format!("at least {minimum} characters"),
        Broken::TooLong { maximum } => format!("at most {maximum} characters"),
        Broken::Reserved { .. } => "a path that GitLab does not use itself".to_owned(),
        Broken::GroupPathCharacters | Broken::ProjectPathCharacters | Broken::RepositoryPathCharacters => {
            "letters, digits, and single `.`, `_` or `-` between them".to_owned()
        }
        Broken::GroupNameCharacters => "letters, digits, emoji, `_`, `.`, `-`, space, `(`, `)`".to_owned(),
        Broken::ProjectNameCharacters => "letters, digits, emoji, `_`, `.`, `+`, `-`, space".to_owned(),
    }
}

/// The full path of something new below `parent`.
fn full_path(parent: Option<&Known>, path: &str) -> String {
    match parent {
        Some(parent) => format!("{}/{path}", parent.full_path),
        None => path.to_owned(),
    }
}

/// The plan of something that is to be made at a path: looks whether the place is free.
fn plan_new(
    kind: ObjectKind,
    path: &str,
    wanted: &BTreeMap<&str, Value>,
    context: &PlanContext<'_>,
    obstacle: &dyn Fn(&Known) -> Option<Planned>,
) -> Planned {
    let new = || {
        let change = |(field, to): (&&str, &Value)| Change {
            field: (*field).to_owned(),
            from: Value::Null,
            to: to.clone(),
        };
        Planned::create(wanted.iter().map(change).collect())
    };
    let parent = match context.needs.first() {
        // Made earlier in the same job, so nothing can be there yet.
        Some(None) => return new(),
        Some(Some(parent)) => Some(parent),
        None => None,
    };
    let full_path = full_path(parent, path);
    match context.estate.at(&full_path) {
        Some(present) if present.kind == kind => Planned::existing(
            context.options,
            present.result(),
            present.differences(wanted),
            &format!("`{full_path}`"),
        ),
        Some(present) => Planned::conflict(
            "PATH_TAKEN",
            format!(
                "`{full_path}` is a {} already; give another path",
                present.kind.name()
            ),
        ),
        None => parent.and_then(obstacle).unwrap_or_else(new),
    }
}

/// A `PUT` of what the plan wants changed.
fn update(path: ApiPath, changes: &[Change]) -> Call {
    let body = changes
        .iter()
        .map(|change| (change.field.clone(), change.to.clone()))
        .collect();
    Call::put(path, Value::Object(body))
}

/// Id, path and page from the body of a group or project; `None` when it is not one.
fn read_result(body: &[u8]) -> Option<ItemResult> {
    #[derive(Deserialize)]
    struct Answer {
        id: u64,
        #[serde(alias = "path_with_namespace")]
        full_path: String,
        web_url: Option<String>,
    }
    let answer: Answer = serde_json::from_slice(body).ok()?;
    Some(ItemResult {
        id: Some(answer.id),
        full_path: Some(answer.full_path),
        web_url: answer.web_url,
    })
}
