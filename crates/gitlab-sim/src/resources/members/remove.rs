use super::{rules, show};
use crate::access::AccessLevel;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::{Member, Source, State};

/// `DELETE /{groups,projects}/:id/members/:user_id`: direct members only, and everything below unless
/// `skip_subresources`. Everyone may leave; the last owner of a group stays.
pub(super) fn remove(call: &Call<'_>) -> Answer {
    let viewer = call.user()?.id;
    let user = show::user_id(call)?;
    let mut ask = call.ask();
    let skip_below = ask.flag("skip_subresources").unwrap_or(false);
    ask.ignored(&["unassign_issuables"]);
    // The member is found before the limit counts; only malformed parameters come first.
    if let Some(complaint) = ask.complaint() {
        return Err(refuse::invalid(&complaint));
    }

    let mut state = call.change();
    let source = find::source(call, &state)?;
    let member = state
        .members
        .get(source, user)
        .cloned()
        .ok_or_else(refuse::row_not_found)?;
    call.admit_any()?;
    if user != viewer {
        rules::may_manage(call, &state, source, Some(member.level))?;
        if rules::follows_ldap(call, &state, source) {
            return Err(refuse::forbidden());
        }
    }
    if is_last_owner(call, &state, &member) {
        return Err(refuse::forbidden());
    }
    state.members.remove(source, user);
    if let (Source::Group(group), false) = (source, skip_below) {
        let mut groups = vec![group];
        groups.extend(state.tree.descendants(group).iter().map(|group| group.id));
        for group in groups {
            state.members.remove(Source::Group(group), user);
            let projects: Vec<_> = state.tree.projects_in(group).map(|project| project.id).collect();
            for project in projects {
                state.members.remove(Source::Project(project), user);
            }
        }
    }
    Ok(Reply::no_content().applied())
}

/// The membership is the only one on owner level in its group. Only top-level groups need an owner of their own:
/// below, one is inherited.
pub(super) fn is_last_owner(call: &Call<'_>, state: &State, member: &Member) -> bool {
    let Source::Group(id) = member.source else {
        return false;
    };
    let top_level = state.tree.group(id).is_some_and(|group| group.parent.is_none());
    let owners = state.members.of_source(member.source).filter(|other| {
        other.level == AccessLevel::Owner && other.is_active(call.now.day()) && other.user != member.user
    });
    top_level && member.level == AccessLevel::Owner && owners.count() == 0
}
