use std::sync::Arc;

use hyper::StatusCode;

use crate::http::{Answer, Call, Reply, refuse};
use crate::state::{ImageRepository, Work};

/// `DELETE /projects/:id/registry/repositories/:repository_id`: a worker removes it with its tags.
pub(super) fn remove(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let project = super::project(call, &state)?;
    if !call.viewer.can_admin_project(&state, &project) {
        return Err(refuse::forbidden());
    }
    let repository = super::repository(call, &state, &project)?;
    let going = Arc::new(ImageRepository {
        going: true,
        ..ImageRepository::clone(&repository)
    });
    state.belongings.images.put(project.id, repository.id, going);
    call.later(&mut state, Work::RemoveImages(project.id, repository.id));
    Ok(Reply::json(StatusCode::ACCEPTED, &StatusCode::ACCEPTED.as_u16()).applied())
}
