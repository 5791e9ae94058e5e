//! How GitLab finds what a path parameter names, and whom it tells that it is not there.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::LOCATION;

use crate::http::reply::BodyKind;
use crate::http::{Call, Refusal, Reply, refuse};
use crate::ids::{NamespaceId, ProjectId, UserId};
use crate::state::{Group, Project, ProjectAt, Source, State, User};

type Found<T> = Result<T, Refusal>;

/// The group of that id or full path, if the viewer may see it.
pub(super) fn group(call: &Call<'_>, state: &State, reference: &str) -> Found<Arc<Group>> {
    let found = match id(reference) {
        Some(id) => state.tree.group(NamespaceId(id)),
        None => state.tree.group_at(reference),
    };
    let visible = found.filter(|group| call.viewer.can_read_group(state, group));
    visible.cloned().ok_or_else(|| refuse::not_found("Group"))
}

/// The project of that id or full path, if the viewer may see it. An old path redirects, or refuses a write.
pub(super) fn project(call: &Call<'_>, state: &State, reference: &str) -> Found<Arc<Project>> {
    let at = match id(reference) {
        Some(id) => Some(ProjectAt::Here(ProjectId(id))),
        None => state.tree.project_at(reference),
    };
    let (id, moved) = match at {
        Some(ProjectAt::Here(id)) => (Some(id), false),
        Some(ProjectAt::Moved(id)) => (Some(id), true),
        None => (None, false),
    };
    let found = id.and_then(|id| state.tree.project(id));
    let visible = found.filter(|project| call.viewer.can_read_project(state, project));
    let project = visible.cloned().ok_or_else(|| refuse::not_found("Project"))?;
    if moved {
        Err(has_moved(call, &project))
    } else {
        Ok(project)
    }
}

/// The group or project that the path begins with, if the viewer may see it.
pub(super) fn source(call: &Call<'_>, state: &State) -> Found<Source> {
    if call.path.starts_with("/api/v4/groups/") {
        Ok(Source::Group(group(call, state, call.arg(0))?.id))
    } else {
        Ok(Source::Project(project(call, state, call.arg(0))?.id))
    }
}

/// The user of that id; names are not looked up here.
pub(super) fn user(state: &State, reference: &str) -> Found<Arc<User>> {
    let found = id(reference).and_then(|id| state.users.get(UserId(id)));
    found.cloned().ok_or_else(|| refuse::not_found("User"))
}

/// The user of that id or name.
pub(super) fn user_or_name(state: &State, reference: &str) -> Found<Arc<User>> {
    let found = match id(reference) {
        Some(id) => state.users.get(UserId(id)),
        None => state.users.by_username(reference),
    };
    found.cloned().ok_or_else(|| refuse::not_found("User"))
}

/// The namespace of that id or full path, if the viewer may see it.
pub(super) fn namespace(call: &Call<'_>, state: &State, reference: &str) -> Found<NamespaceId> {
    let found = match id(reference) {
        Some(id) => Some(NamespaceId(id)),
        None => state.tree.namespace_at(reference),
    };
    let visible = found.filter(|id| call.viewer.can_read_namespace(state, *id));
    visible.ok_or_else(|| refuse::not_found("Namespace"))
}

/// GitLab reads digits, also with a minus, as an id. A negative one is nobody's.
fn id(reference: &str) -> Option<u64> {
    let digits = reference.strip_prefix('-');
    let number = digits.unwrap_or(reference);
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(if digits.is_some() {
        0
    } else {
        number.parse().unwrap_or(0)
    })
}

fn has_moved(call: &Call<'_>, project: &Project) -> Refusal {
    if !call.reads {
        let text = "Non GET methods are not allowed for moved projects";
        return refuse::message(StatusCode::METHOD_NOT_ALLOWED, text);
    }
    // The rest of the address stays as it was.
    let below = call
        .path
        .splitn(6, '/')
        .nth(5)
        .map(|rest| format!("/{rest}"))
        .unwrap_or_default();
    let query = if call.query.is_empty() {
        String::new()
    } else {
        format!("?{}", call.query)
    };
    let target = format!(
        "{}/api/v4/projects/{}{below}{query}",
        call.instance.site.url, project.id
    );
    let text = format!("This resource has been moved permanently to {target}");
    let reply = Reply::raw(StatusCode::MOVED_PERMANENTLY, BodyKind::Text, text.into());
    reply.header(LOCATION, target).into()
}
