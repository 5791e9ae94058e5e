//! Moving a project to another namespace (GitLab API facts §7.2.8).

mod locations;

use std::sync::Arc;

pub(super) use locations::locations;

use super::present::{ProjectView, Shape};
use super::validate;
use crate::access::{AccessLevel, Viewer};
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::ids::{NamespaceId, UserId};
use crate::resources::find;
use crate::state::{ASYNC_TRANSFER, Namespace, Project, State, Work};

/// `PUT /projects/:id/transfer`: within the request, or by a worker while the flag for that is on. Then the answer
/// still shows the old namespace, and reasons come as they are.
pub(super) fn transfer(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    let mut ask = call.ask();
    let target = ask.required_text("namespace");
    call.admit(ask)?;

    let view = {
        let mut state = call.change();
        let project = find::project(call, &state, call.arg(0))?;
        if !call.viewer.can_own_project(&state, &project) {
            return Err(refuse::forbidden());
        }
        let to = find::namespace(call, &state, &target)?;
        let seen = carry_out(call, &mut state, user, project, to)?;
        ProjectView::of(call, &state, &seen, Shape::Full)
    };
    Ok(Reply::ok(&view).applied())
}

/// Moves the project now, or leaves that to a worker. Gives it as the answer shows it.
pub(in crate::resources) fn carry_out(
    call: &Call<'_>,
    state: &mut State,
    by: UserId,
    project: Arc<Project>,
    to: NamespaceId,
) -> Result<Arc<Project>, Refusal> {
    let later = state.belongings.features.is_on(ASYNC_TRANSFER);
    if later && project.moving.is_some() {
        return Err(refuse::bad_request(
            "Unable to initiate transfer. The project may already have a transfer in progress.",
        ));
    }
    let mut reason = not_allowed(state, &call.viewer, &project, to);
    if !later {
        // A worker finds out itself what is in the way, and tells it by mail only.
        reason = reason.or_else(|| state.project_in_the_way(&project, to));
    }
    if let Some(reason) = reason {
        return Err(if later {
            refuse::bad_request(reason)
        } else {
            refuse::bad_request(&format!(
                "Failed to transfer project {{:new_namespace=>[{reason:?}]}}"
            ))
        });
    }
    if !later {
        return Ok(state
            .transfer_project(project.id, to, by, call.now)
            .unwrap_or(project));
    }
    let moving = Arc::new(Project {
        moving: Some(to),
        ..Project::clone(&project)
    });
    state.tree.put_project(moving);
    call.later(state, Work::TransferProject(project.id, to, by));
    Ok(project)
}

/// What the request itself says no to, in GitLab's order.
fn not_allowed(state: &State, viewer: &Viewer, project: &Project, to: NamespaceId) -> Option<&'static str> {
    if to == project.namespace {
        Some("Project is already in this namespace.")
    } else if !may_move_into(state, viewer, to) {
        Some("You don't have permission to transfer projects into that namespace.")
    } else {
        None
    }
}

/// Maintainers may move projects into a group where projects may be made at all, and users into their own namespace.
fn may_move_into(state: &State, viewer: &Viewer, to: NamespaceId) -> bool {
    let level = match state.tree.namespace(to) {
        Some(Namespace::Personal(owner)) => viewer.id() == Some(*owner) || viewer.is_admin(),
        _ => viewer.is_admin() || viewer.level_on_group(state, to) >= Some(AccessLevel::Maintainer),
    };
    level && validate::takes_projects(state, viewer, to)
}
