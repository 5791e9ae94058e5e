use std::sync::Arc;

use crate::http::refuse;
use crate::http::{Answer, Call, Reply};
use crate::resources::{deletion_suffix, find};
use crate::state::{Group, RENAME_ON_DELETION, State, Work};

/// `DELETE /groups/:id`
///
/// The first call schedules: the group gets a mark and a suffix, and its old path is free at once, but for one with
/// images in the registry, which keeps its path. A second one with `permanently_remove` and the path as it is then
/// removes a subgroup; a top-level group never.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let permanently = ask.flag("permanently_remove").unwrap_or(false);
    let full_path = ask.filled("full_path");
    call.admit(ask)?;

    let mut state = call.change();
    let group = find::group(call, &state, call.arg(0))?;
    if !call.viewer.can_admin_group(&state, group.id) {
        return Err(refuse::forbidden());
    }
    call.not_modified_since(group.updated_at())?;
    if permanently {
        return remove(call, &mut state, &group, full_path.as_deref());
    }
    let parent_goes = group.parent.is_some_and(|parent| {
        state
            .tree
            .any_in_lineage(parent, |above| above.marked_on.is_some())
    });
    if parent_goes {
        // It will go with its parent: accepted, and nothing happens.
        return Ok(Reply::accepted());
    }
    if group.marked_on.is_some() {
        return Err(refuse::bad_request("Group has been already marked for deletion"));
    }
    let renames = !state.belongings.features.is_turned_off(RENAME_ON_DELETION)
        && state.images_hold_group(group.id).is_none();
    let suffix = if renames {
        deletion_suffix(group.id.0)
    } else {
        String::new()
    };
    state.tree.put_group(Arc::new(Group {
        marked_on: Some(call.now.day()),
        path: format!("{}{suffix}", group.path),
        name: format!("{}{suffix}", group.name),
        changed_at: Some(call.now),
        ..Group::clone(&group)
    }));
    state.expire_group_later(group.id, call.now);
    Ok(Reply::accepted().applied())
}

fn remove(call: &Call<'_>, state: &mut State, group: &Group, full_path: Option<&str>) -> Answer {
    if group.parent.is_none() {
        return Err(refuse::bad_request(
            "`permanently_remove` option is only available for subgroups.",
        ));
    }
    if group.marked_on.is_none() {
        return Err(refuse::bad_request("Group must be marked for deletion first."));
    }
    if full_path != Some(state.full_path(group.id).as_str()) {
        return Err(refuse::bad_request(
            "`full_path` is incorrect. You must enter the complete path for the subgroup.",
        ));
    }
    if group.going {
        // The worker knows.
        return Ok(Reply::accepted());
    }
    state.tree.put_group(Arc::new(Group {
        going: true,
        ..Group::clone(group)
    }));
    call.later(state, Work::RemoveGroup(group.id));
    Ok(Reply::accepted().applied())
}
