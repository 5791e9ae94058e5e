use std::sync::Arc;

use super::present::GroupView;
use super::validate;
use super::wish::Wish;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Reply};
use crate::resources::find;
use crate::state::{Group, State};

/// `PUT /groups/:id`. A new path renames every path below.
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let name = ask.text("name").flatten();
    let path = ask.text("path").flatten();
    let wish = Wish::read(&mut ask);
    call.admit(ask)?;

    let (view, changed) = {
        let mut state = call.change();
        let old = find::group(call, &state, call.arg(0))?;
        if !call.viewer.can_admin_group(&state, old.id) {
            return Err(refuse::forbidden());
        }
        let parent = old.parent.and_then(|id| state.tree.group(id)).cloned();
        let wish = wish.permitted(call, &state, parent.as_deref());
        let mut complaints = Complaints::default();
        if let Some(name) = name.as_ref().filter(|name| **name != old.name) {
            validate::name(&state, old.parent, name, &mut complaints);
        }
        if let Some(path) = path.as_ref().filter(|path| **path != old.path) {
            if let Some(reason) = state.images_hold_group(old.id) {
                return Err(refuse::bad_request(reason));
            }
            validate::path(&state, old.parent, path, Some(old.id), &mut complaints);
        }
        wish.check(call, &state, Some(&old), parent.as_deref(), &mut complaints);
        if !complaints.is_empty() {
            return Err(refuse::complaints(&complaints));
        }
        let mut group = Group::clone(&old);
        group.name = name.unwrap_or(group.name);
        group.path = path.unwrap_or(group.path);
        wish.apply(&mut group);
        let changed = group != *old;
        if changed {
            group.changed_at = Some(call.now);
            let group = Arc::new(group);
            state.tree.put_group(Arc::clone(&group));
            impose(&mut state, &old, &group);
        }
        let group = find::group(call, &state, &old.id.to_string())?;
        (GroupView::detailed(call, &state, &group), changed)
    };
    Ok(Reply::ok(&view).applied_if(changed))
}

/// What a change means for everything below (GitLab API facts §6.5).
fn impose(state: &mut State, old: &Group, new: &Group) {
    if new.settings.share_with_group_lock && !old.settings.share_with_group_lock {
        state.lock_sharing_below(new.id);
    }
    if new.settings.shared_runners_setting != old.settings.shared_runners_setting {
        state.impose_shared_runners(new.id);
    }
}
