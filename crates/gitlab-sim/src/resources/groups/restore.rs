use std::sync::Arc;

use super::present::GroupView;
use super::validate;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Reply};
use crate::resources::{deletion_suffix, find};
use crate::state::Group;

/// `POST /groups/:id/restore`. Gives back the old name and path, unless someone else has the path now.
pub(super) fn restore(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let view = {
        let mut state = call.change();
        let old = find::group(call, &state, call.arg(0))?;
        if !call.viewer.can_admin_group(&state, old.id) {
            return Err(refuse::forbidden());
        }
        if old.marked_on.is_none() {
            return Err(refuse::bad_request("Group has not been marked for deletion"));
        }
        if old.going {
            return Err(refuse::bad_request("Group deletion is in progress"));
        }
        let suffix = deletion_suffix(old.id.0);
        let before = |text: &str| text.strip_suffix(&suffix).unwrap_or(text).to_owned();
        let group = Group {
            marked_on: None,
            changed_at: Some(call.now),
            path: before(&old.path),
            name: before(&old.name),
            ..Group::clone(&old)
        };
        let mut complaints = Complaints::default();
        validate::path(&state, group.parent, &group.path, Some(group.id), &mut complaints);
        if group.name != old.name && state.tree.has_group_name(group.parent, &group.name) {
            complaints.add("name", refuse::TAKEN);
        }
        if !complaints.is_empty() {
            return Err(refuse::bad_request(&complaints.as_sentence()));
        }
        let group = Arc::new(group);
        state.tree.put_group(Arc::clone(&group));
        GroupView::detailed(call, &state, &group)
    };
    Ok(Reply::created(&view).applied())
}
