use bytes::Bytes;
use hyper::StatusCode;

use super::{may_fork, related};
use crate::http::reply::BodyKind;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::resources::projects::present::{ProjectView, Shape};

/// `POST /projects/:id/fork/:forked_from_id`: makes a project that is there a fork of another.
pub(in crate::resources::projects) fn link(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let view = {
        let mut state = call.change();
        let project = find::project(call, &state, call.arg(0))?;
        if !call.viewer.can_own_project(&state, &project) || state.is_closed(&project) {
            return Err(refuse::forbidden());
        }
        let origin = find::project(call, &state, call.arg(1))?;
        if !may_fork(call, &state, &origin) {
            return Err(refuse::forbidden());
        }
        if project.forked_from.is_some() {
            return Err(refuse::exists("Project already forked"));
        }
        if origin.id == project.id {
            return Err(refuse::bad_request("Failed to fork project"));
        }
        let fork = related(&project, Some(origin.id));
        state.tree.put_project(fork.clone());
        ProjectView::of(call, &state, &fork, Shape::Full)
    };
    Ok(Reply::created(&view).applied())
}

/// `DELETE /projects/:id/fork`: 304 for what is no fork.
pub(in crate::resources::projects) fn unlink(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let project = find::project(call, &state, call.arg(0))?;
    if !call.viewer.can_own_project(&state, &project) || state.is_closed(&project) {
        return Err(refuse::forbidden());
    }
    if project.forked_from.is_none() {
        return Ok(Reply::raw(StatusCode::NOT_MODIFIED, BodyKind::None, Bytes::new()));
    }
    state.tree.put_project(related(&project, None));
    Ok(Reply::no_content().applied())
}
