//! Whose hooks a path is about, and who may touch them.

use std::sync::Arc;

use crate::http::{Call, Refusal, refuse};
use crate::options::Tier;
use crate::resources::find;
use crate::state::{Hook, HookOwner, Source, State};

/// The instance for administrators, the group for its owners with a paid licence, the project for its
/// maintainers. Asked before the parameters are looked at.
pub(super) fn of_path(call: &Call<'_>, state: &State) -> Result<HookOwner, Refusal> {
    if call.path.starts_with("/api/v4/hooks") {
        call.administrator()?;
        return Ok(HookOwner::System);
    }
    call.user()?;
    let (source, may) = if call.path.starts_with("/api/v4/groups/") {
        call.licensed(Tier::Premium)?;
        let group = find::group(call, state, call.arg(0))?;
        let may = call.viewer.can_admin_group(state, group.id);
        (Source::Group(group.id), may)
    } else {
        let project = find::project(call, state, call.arg(0))?;
        let may = call.viewer.can_admin_project(state, &project);
        (Source::Project(project.id), may)
    };
    if may {
        Ok(HookOwner::Of(source))
    } else {
        Err(refuse::forbidden())
    }
}

/// What stands in the path after the hooks' own segments: 0 is the hook's id.
pub(super) fn argument<'c>(call: &'c Call<'_>, owner: HookOwner, n: usize) -> &'c str {
    match owner {
        HookOwner::System => call.arg(n),
        HookOwner::Of(_) => call.arg(n + 1),
    }
}

/// The hook of the path.
pub(super) fn hook(call: &Call<'_>, state: &State, owner: HookOwner) -> Result<Arc<Hook>, Refusal> {
    let id = argument(call, owner, 0)
        .parse()
        .map_err(|_| refuse::invalid("hook_id is invalid"))?;
    let hook = state.belongings.hooks.get(owner, id);
    hook.cloned().ok_or_else(refuse::row_not_found)
}
