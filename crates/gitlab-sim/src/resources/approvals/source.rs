use std::sync::Arc;

use crate::http::{Call, Refusal, refuse};
use crate::options::Tier;
use crate::resources::find;
use crate::resources::repository::access::reads_code;
use crate::state::{Project, Source, State};

/// The project or group of the path.
pub(super) struct Place {
    pub(super) source: Source,
    pub(super) project: Option<Arc<Project>>,
}

/// Finds it for somebody who may change it.
pub(super) fn to_change(call: &Call<'_>, state: &State) -> Result<Place, Refusal> {
    let place = of_path(call, state)?;
    let may = match (&place.project, place.source) {
        (Some(project), _) => call.viewer.can_admin_project(state, project),
        (None, Source::Group(id)) => call.viewer.can_admin_group(state, id),
        (None, Source::Project(_)) => false,
    };
    if may { Ok(place) } else { Err(refuse::forbidden()) }
}

/// Finds it for somebody who only looks; rules of a project are no secret to who sees its code.
pub(super) fn to_read(call: &Call<'_>, state: &State) -> Result<Place, Refusal> {
    let place = of_path(call, state)?;
    match &place.project {
        Some(project) if reads_code(call, state, project) => Ok(place),
        Some(_) => Err(refuse::forbidden()),
        None => to_change(call, state),
    }
}

fn of_path(call: &Call<'_>, state: &State) -> Result<Place, Refusal> {
    call.licensed(Tier::Premium)?;
    if call.path.starts_with("/api/v4/groups/") {
        let group = find::group(call, state, call.arg(0))?;
        return Ok(Place {
            source: Source::Group(group.id),
            project: None,
        });
    }
    let project = find::project(call, state, call.arg(0))?;
    Ok(Place {
        source: Source::Project(project.id),
        project: Some(project),
    })
}
