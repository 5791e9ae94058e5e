use std::sync::Arc;

use super::list::visibility;
use super::present::GroupView;
use super::validate;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Reply};
use crate::resources::find;
use crate::state::Group;
use crate::state::settings::{GroupDetailSettingsPatch, GroupSettingsPatch};

/// `PUT /groups/:id`. A new path renames every path below.
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let name = ask.text("name").flatten();
    let path = ask.text("path").flatten();
    let description = ask.text("description");
    let visibility = visibility(&mut ask);
    let settings = GroupSettingsPatch::read(&mut ask);
    let detail = GroupDetailSettingsPatch::read(&mut ask);
    let emails_disabled = ask.flag("emails_disabled");
    call.admit(ask)?;

    let (view, changed) = {
        let mut state = call.change();
        let old = find::group(call, &state, call.arg(0))?;
        if !call.viewer.can_admin_group(&state, old.id) {
            return Err(refuse::forbidden());
        }
        let mut complaints = Complaints::default();
        if let Some(name) = name.as_ref().filter(|name| **name != old.name) {
            validate::name(&state, old.parent, name, &mut complaints);
        }
        if let Some(path) = path.as_ref().filter(|path| **path != old.path) {
            validate::path(&state, old.parent, path, Some(old.id), &mut complaints);
        }
        if let Some(text) = description.as_ref().and_then(Option::as_ref) {
            validate::description(text, &mut complaints);
        }
        if let Some(wanted) = visibility.filter(|wanted| *wanted != old.visibility) {
            let parent = old.parent.and_then(|id| state.tree.group(id));
            validate::visibility_below(parent.map(Arc::as_ref), wanted, &mut complaints);
            validate::visibility_above(&state, old.id, wanted, &mut complaints);
        }
        if !complaints.is_empty() {
            return Err(refuse::complaints(&complaints));
        }
        let mut group = Group::clone(&old);
        group.name = name.unwrap_or(group.name);
        group.path = path.unwrap_or(group.path);
        group.visibility = visibility.unwrap_or(group.visibility);
        if let Some(description) = description {
            group.description = description.unwrap_or_default();
        }
        if let Some(disabled) = emails_disabled {
            Arc::make_mut(&mut group.settings).emails_enabled = !disabled;
        }
        if !settings.is_empty() {
            settings.apply(Arc::make_mut(&mut group.settings));
        }
        if !detail.is_empty() {
            detail.apply(Arc::make_mut(&mut group.detail));
        }
        let changed = group != *old;
        let group = Arc::new(group);
        state.tree.put_group(Arc::clone(&group));
        (GroupView::detailed(call, &state, &group), changed)
    };
    Ok(Reply::ok(&view).applied_if(changed))
}
