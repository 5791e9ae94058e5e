use hyper::StatusCode;

use crate::access::AccessLevel;
use crate::http::{Answer, Call, Reply, refuse};
use crate::ids::{NamespaceId, UserId};
use crate::resources::find;
use crate::state::{Source, State, User, Work};

/// `DELETE /users/:id`, by an administrator. Own projects go with the user, later; a group must not lose its last
/// owner, unless `hard_delete` takes the group, too.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let hard = ask.flag("hard_delete").unwrap_or(false);
    call.admit(ask)?;

    let mut state = call.change();
    let user = find::user(&state, call.arg(0))?;
    if !hard && !groups_owned_alone(&state, &user).is_empty() {
        let text = "User cannot be removed while is the sole-owner of a group";
        return Err(refuse::message(StatusCode::CONFLICT, text));
    }
    call.later(&mut state, Work::RemoveUser { user: user.id, hard });
    Ok(Reply::no_content().applied())
}

/// Removes a user whose turn has come. What only that user owned goes along when it was asked for.
pub(crate) fn remove(state: &mut State, user: UserId, hard: bool) {
    let Some(user) = state.users.get(user).cloned() else {
        return;
    };
    if hard {
        for group in groups_owned_alone(state, &user) {
            state.purge_group(group);
        }
    }
    state.purge_user(&user);
}

/// The top-level groups that nobody else owns.
fn groups_owned_alone(state: &State, user: &User) -> Vec<NamespaceId> {
    let owned = state.members.of_user(user.id).filter_map(|source| match source {
        Source::Group(id) if state.tree.group(id)?.parent.is_none() => Some(id),
        _ => None,
    });
    let owners = |id| {
        state
            .members
            .of_source(Source::Group(id))
            .filter(|member| member.level == AccessLevel::Owner)
    };
    owned
        .filter(|id| owners(*id).any(|owner| owner.user == user.id) && owners(*id).count() == 1)
        .collect()
}
