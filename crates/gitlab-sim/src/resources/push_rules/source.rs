use std::sync::Arc;

use crate::http::{Call, Refusal, refuse};
use crate::options::Tier;
use crate::resources::find;
use crate::state::{PushRule, Source, State};

/// The project or group of the path, whose push rule the viewer may change.
pub(super) fn of_path(call: &Call<'_>, state: &State) -> Result<Source, Refusal> {
    call.licensed(Tier::Premium)?;
    let (source, may) = if call.path.starts_with("/api/v4/groups/") {
        let group = find::group(call, state, call.arg(0))?;
        (
            Source::Group(group.id),
            call.viewer.can_admin_group(state, group.id),
        )
    } else {
        let project = find::project(call, state, call.arg(0))?;
        (
            Source::Project(project.id),
            call.viewer.can_admin_project(state, &project),
        )
    };
    if may { Ok(source) } else { Err(refuse::forbidden()) }
}

/// The push rule there is; there is at most one.
pub(super) fn rule_of(state: &State, source: Source) -> Option<&Arc<PushRule>> {
    state.belongings.push_rules.of(source).next()
}
