use std::sync::Arc;

use super::present::GroupView;
use super::validate;
use super::wish::Wish;
use crate::access::AccessLevel;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Reply};
use crate::resources::find;
use crate::state::{BranchProtection, Group, Source, State};

/// `POST /groups`
///
/// Whoever creates a group becomes its direct owner, also below a group that is owned already.
pub(super) fn create(call: &Call<'_>) -> Answer {
    let creator = call.user()?.id;
    let mut ask = call.ask();
    let name = ask.required_text("name");
    let path = ask.required_text("path");
    let parent_id = ask.integer("parent_id");
    let mut wish = Wish::read(&mut ask);
    ask.ignored(&["organization_id"]);
    call.admit(ask)?;

    let view = {
        let mut state = call.change();
        let parent = parent_id
            .map(|id| find::group(call, &state, &id.to_string()))
            .transpose()?;
        let allowed = match &parent {
            Some(parent) => call.viewer.can_create_subgroup(&state, parent),
            None => call.viewer.can_create_top_level_group(&state),
        };
        if !allowed {
            return Err(refuse::forbidden());
        }
        let parent = parent.as_deref();
        let parent_id = parent.map(|parent| parent.id);
        wish = wish.permitted(call, &state, parent);
        let default = state.settings().default_group_visibility();
        wish.visibility.get_or_insert(default);
        let mut complaints = Complaints::default();
        validate::name(&state, parent_id, &name, &mut complaints);
        validate::path(&state, parent_id, &path, None, &mut complaints);
        validate::depth(&state, parent_id, 0, &mut complaints);
        wish.check(call, &state, None, parent, &mut complaints);
        if !complaints.is_empty() {
            return Err(refuse::group_not_saved(&complaints));
        }
        let id = state.tree.next_namespace_id();
        let mut group = Group {
            name,
            ..Group::new(id, parent_id, path, call.now)
        };
        inherit(&state, parent, &mut group);
        wish.apply(&mut group);
        if parent.is_some_and(|parent| parent.settings.share_with_group_lock) {
            Arc::make_mut(&mut group.settings).share_with_group_lock = true;
        }
        let group = Arc::new(group);
        state.tree.put_group(Arc::clone(&group));
        let source = Source::Group(group.id);
        state.set_member(source, creator, AccessLevel::Owner, None, Some(creator), call.now);
        GroupView::detailed(call, &state, &group)
    };
    Ok(Reply::created(&view).applied())
}

/// What a new group has from its parent and from the instance, unless the request says otherwise.
fn inherit(state: &State, parent: Option<&Group>, group: &mut Group) {
    if let Some(parent) = parent
        && parent.settings.shared_runners_setting != group.settings.shared_runners_setting
    {
        let from_above = parent.settings.shared_runners_setting.clone();
        Arc::make_mut(&mut group.settings).shared_runners_setting = from_above;
    }
    let protection = state.settings().default_branch_protection();
    if protection != group.settings.branch_protection.number() {
        Arc::make_mut(&mut group.settings).branch_protection = BranchProtection::from_number(protection);
    }
}
