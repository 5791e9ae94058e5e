use hyper::StatusCode;

use crate::access::AccessLevel;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::resources::groups::list::LEVELS;
use crate::resources::groups::present::GroupView;
use crate::state::{Group, GroupLink, Source, State};

/// `POST /groups/:id/share`: invites another group. What is not allowed is not found.
pub(in crate::resources::groups) fn share(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    let mut ask = call.ask();
    ask.require("group_id");
    ask.require("group_access");
    let invited = ask.integer("group_id").unwrap_or(0);
    let level = ask
        .number_of("group_access", &LEVELS)
        .and_then(AccessLevel::from_number);
    let expires_on = ask.day("expires_at").flatten();
    ask.ignored(&["member_role_id"]);
    call.admit(ask)?;

    let view = {
        let mut state = call.change();
        let group = find::group(call, &state, call.arg(0))?;
        let invited = find::group(call, &state, &invited.to_string())?;
        if !call.viewer.can_admin_group(&state, group.id) || !is_within_reach(&state, &group, &invited) {
            return Err(refuse::message(StatusCode::NOT_FOUND, "Not Found"));
        }
        let source = Source::Group(group.id);
        if state.belongings.group_links.get(source, invited.id).is_some() {
            return Err(refuse::exists(
                "Shared group The group has already been shared with this group",
            ));
        }
        let created_at = call.now;
        state.belongings.group_links.add(source, |id| GroupLink {
            id,
            group: invited.id,
            level: level.unwrap_or(AccessLevel::Guest),
            expires_on,
            by: Some(user),
            created_at,
        });
        GroupView::detailed(call, &state, &group)
    };
    Ok(Reply::created(&view).applied())
}

/// A tree can keep to itself: then only its own groups are invited.
fn is_within_reach(state: &State, group: &Group, invited: &Group) -> bool {
    let root = |id| state.tree.lineage(id).last();
    let (own, other) = (root(group.id), root(invited.id));
    let keeps_to_itself = own.is_some_and(|root| root.settings.prevent_sharing_groups_outside_hierarchy);
    !keeps_to_itself || own.map(|root| root.id) == other.map(|root| root.id)
}
