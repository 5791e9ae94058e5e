//! Answers that a fault changes on their way out (GitLab API facts §11.4): a replica that is behind, a list that is
//! not counted, refusals in another language.

use std::time::Duration;

use gitlab_api::page::Links;
use hyper::header::{HeaderValue, LINK};
use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::page::{X_TOTAL, X_TOTAL_PAGES};
use super::refuse;
use super::reply::{BodyKind, Reply};
use crate::control::Action;
use crate::ids::{NamespaceId, ProjectId, UserId};
use crate::instance::Instance;
use crate::time_text::Moment;

/// What a read gets from a replica that has not heard of the group, project or user yet.
pub(super) fn not_there_yet(
    instance: &Instance,
    method: &Method,
    path: &str,
    behind: Duration,
) -> Option<Reply> {
    if method != Method::GET && method != Method::HEAD {
        return None;
    }
    let mut segments = path.strip_prefix("/api/v4/")?.split('/');
    let (kind, reference) = (segments.next()?, segments.next()?);
    let reference = percent_decode_str(reference).decode_utf8_lossy();
    let id = reference.parse().ok();
    let state = instance.state();
    let (created_at, what) = match kind {
        "groups" => {
            let by_path = || state.tree.group_at(&reference);
            let group = id.map_or_else(by_path, |id| state.tree.group(NamespaceId(id)))?;
            (group.created_at, "Group")
        }
        "projects" => {
            let by_path = || match state.tree.project_at(&reference) {
                Some(crate::state::ProjectAt::Here(id)) => state.tree.project(id),
                _ => None,
            };
            let project = id.map_or_else(by_path, |id| state.tree.project(ProjectId(id)))?;
            (project.created_at, "Project")
        }
        "users" => (state.users.get(UserId(id?))?.created_at, "User"),
        _ => return None,
    };
    is_younger(created_at, instance.now(), behind).then(|| refuse::not_found(what).into())
}

/// The answer as the fault leaves it.
pub(super) fn bend(instance: &Instance, action: Option<Action>, reply: Reply) -> Reply {
    match action {
        Some(Action::Stale(behind)) => without_younger_rows(instance, reply, behind),
        Some(Action::NoTotal) => uncounted(reply),
        Some(Action::Localised) => in_chinese(reply),
        Some(Action::Ruby34) => as_ruby_34_prints(reply),
        _ => reply,
    }
}

fn is_younger(created_at: Moment, now: Moment, age: Duration) -> bool {
    let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    now.0.saturating_sub(created_at.0) < age
}

/// A list without the rows that are too young. What counts them knows no more.
fn without_younger_rows(instance: &Instance, mut reply: Reply, behind: Duration) -> Reply {
    #[derive(Deserialize)]
    struct Row {
        created_at: String,
    }
    let Ok(rows) = serde_json::from_slice::<Vec<Box<RawValue>>>(&reply.body) else {
        return reply;
    };
    let now = instance.now();
    let is_known = |row: &&RawValue| {
        let born = serde_json::from_str::<Row>(row.get()).ok();
        let born = born.and_then(|row| Moment::parse(&row.created_at));
        born.is_none_or(|born| !is_younger(born, now, behind))
    };
    let known: Vec<&RawValue> = rows.iter().map(AsRef::as_ref).filter(is_known).collect();
    let unknown = rows.len() - known.len();
    for (name, value) in &mut reply.headers {
        let total = value.to_str().ok().and_then(|text| text.parse::<usize>().ok());
        if let (true, Some(total)) = (*name == X_TOTAL, total) {
            *value = HeaderValue::from(total.saturating_sub(unknown));
        }
    }
    reply.body = Reply::ok(&known).body;
    reply
}

fn uncounted(mut reply: Reply) -> Reply {
    reply
        .headers
        .retain(|(name, _)| *name != X_TOTAL && *name != X_TOTAL_PAGES);
    for (name, value) in &mut reply.headers {
        if *name == LINK
            && let Ok(text) = value.to_str()
        {
            let links = Links {
                last: None,
                ..Links::parse(text)
            };
            if let Ok(shorter) = HeaderValue::try_from(links.to_string()) {
                *value = shorter;
            }
        }
    }
    reply
}

/// What GitLab says to someone whose language is Chinese. Only the texts of models are translated; the API's own
/// stay as they are.
const CHINESE: [(&str, &str); 7] = [
    ("has already been taken", "已经被使用"),
    ("can't be blank", "不能为空字符"),
    ("is not included in the list", "不包含于列表中"),
    ("is invalid", "是无效的"),
    ("is too short (minimum is 2 characters)", "过短(最短为 2 个字符)"),
    (
        "is too long (maximum is 255 characters)",
        "过长(最长为 255 个字符)",
    ),
    ("is a reserved name", "是保留名称"),
];

fn in_chinese(mut reply: Reply) -> Reply {
    let from_a_model = matches!(
        reply.status,
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY
    );
    let Some(text) = text_of(&reply).filter(|text| from_a_model && !text.starts_with("{\"error\"")) else {
        return reply;
    };
    let translated = CHINESE
        .iter()
        .fold(text, |text, (english, chinese)| text.replace(english, chinese));
    reply.body = translated.into();
    reply
}

/// `{:path=>["x"]}` becomes `{path: ["x"]}`.
fn as_ruby_34_prints(mut reply: Reply) -> Reply {
    let Some(text) = text_of(&reply).filter(|text| text.contains("=>")) else {
        return reply;
    };
    let mut parts = text.split("=>");
    let mut printed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let key_starts = printed
            .rfind([':', ' ', '{'])
            .filter(|at| printed[*at..].starts_with(':'));
        match key_starts {
            Some(colon) => {
                printed.remove(colon);
                printed.push_str(": ");
            }
            None => printed.push_str(" => "),
        }
        printed.push_str(part);
    }
    reply.body = printed.into();
    reply
}

fn text_of(reply: &Reply) -> Option<String> {
    let is_json = reply.kind == BodyKind::Json;
    String::from_utf8(reply.body.to_vec()).ok().filter(|_| is_json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_printed_as_ruby_34_does() {
        let printed = |text: &str| {
            let reply = Reply::message(StatusCode::BAD_REQUEST, text);
            text_of(&as_ruby_34_prints(reply)).unwrap()
        };
        assert_eq!(
            printed(r#"Failed to save group {:name=>["taken"], :path=>["taken", "short"]}"#),
            r#"{"message":"Failed to save group {name: [\"taken\"], path: [\"taken\", \"short\"]}"}"#
        );
        assert_eq!(printed("no hash"), r#"{"message":"no hash"}"#);
    }
}
