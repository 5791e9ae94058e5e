//! Moving a group below another one or to the top level (GitLab API facts §7.1.9).

mod locations;

use std::sync::Arc;

pub(super) use locations::locations;

use super::present::GroupView;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::{ASYNC_TRANSFER, Destination, Group, State, Work};

/// `POST /groups/:id/transfer`: within the request, or by a worker while the flag for that is on. Then the answer
/// still shows the old parent, and reasons come without the words before them.
pub(super) fn transfer(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    let mut ask = call.ask();
    let target = ask.integer("group_id");
    call.admit(ask)?;

    let view = {
        let mut state = call.change();
        let group = find::group(call, &state, call.arg(0))?;
        if !call.viewer.can_admin_group(&state, group.id) {
            return Err(refuse::forbidden());
        }
        let parent = target
            .map(|id| find::group(call, &state, &id.to_string()))
            .transpose()?;
        let to = parent.as_ref().map(|parent| parent.id);
        let later = state.belongings.features.is_on(ASYNC_TRANSFER);
        if later && group.moving.is_some() {
            return Err(refuse::bad_request(
                "Unable to initiate transfer. The group may already have a transfer in progress.",
            ));
        }
        if let Some(reason) = obstacle(call, &state, &group, parent.as_deref()) {
            return Err(if later {
                refuse::bad_request(reason)
            } else {
                refuse::bad_request(&format!("Transfer failed: {reason}"))
            });
        }
        if later {
            let to = Destination(to);
            state.tree.put_group(Arc::new(Group {
                moving: Some(to),
                ..Group::clone(&group)
            }));
            call.later(&mut state, Work::TransferGroup(group.id, to, user));
            GroupView::detailed(call, &state, &group)
        } else {
            let moved = state.transfer_group(group.id, to, user, call.now);
            GroupView::detailed(call, &state, &moved.unwrap_or(group))
        }
    };
    Ok(Reply::created(&view).applied())
}

/// The first reason against the move, in GitLab's order.
fn obstacle(call: &Call<'_>, state: &State, group: &Group, parent: Option<&Group>) -> Option<&'static str> {
    let allowed = match parent {
        Some(parent) => call.viewer.can_create_subgroup(state, parent),
        None => call.viewer.can_create_top_level_group(state),
    };
    group
        .is_at(parent)
        .or((!allowed).then_some("You don't have enough permissions."))
        .or_else(|| state.in_the_way(group, parent))
}
