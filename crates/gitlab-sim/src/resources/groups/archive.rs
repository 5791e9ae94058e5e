use std::sync::Arc;

use hyper::StatusCode;

use super::present::GroupView;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::{Group, State};

/// `POST /groups/:id/archive`. Marks the group only; what is below shows it by descent.
pub(super) fn archive(call: &Call<'_>) -> Answer {
    turn(call, true, |state, group| {
        let above = group
            .parent
            .is_some_and(|id| state.tree.any_in_lineage(id, |above| above.archived));
        let going = state
            .tree
            .any_in_lineage(group.id, |above| above.marked_on.is_some());
        if group.archived {
            Some("Group is already archived!")
        } else if above {
            Some("Cannot archive group since one of the ancestor groups is already archived!")
        } else if going {
            Some("Cannot archive group since it is scheduled for deletion.")
        } else {
            None
        }
    })
}

/// `POST /groups/:id/unarchive`
pub(super) fn unarchive(call: &Call<'_>) -> Answer {
    turn(call, false, |state, group| {
        let above = group
            .parent
            .is_some_and(|id| state.tree.any_in_lineage(id, |above| above.archived));
        if above {
            Some("Cannot unarchive group since one of the ancestor groups is archived!")
        } else if !group.archived {
            Some("Group is already unarchived!")
        } else {
            None
        }
    })
}

fn turn(call: &Call<'_>, archived: bool, obstacle: fn(&State, &Group) -> Option<&'static str>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let view = {
        let mut state = call.change();
        let old = find::group(call, &state, call.arg(0))?;
        if !call.viewer.can_admin_group(&state, old.id) {
            return Err(refuse::forbidden());
        }
        if let Some(text) = obstacle(&state, &old) {
            return Err(refuse::message(StatusCode::UNPROCESSABLE_ENTITY, text));
        }
        let group = Arc::new(Group {
            archived,
            changed_at: Some(call.now),
            ..Group::clone(&old)
        });
        state.tree.put_group(Arc::clone(&group));
        GroupView::detailed(call, &state, &group)
    };
    Ok(Reply::ok(&view).applied())
}
