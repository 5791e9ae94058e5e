use hyper::StatusCode;

use crate::access::AccessLevel;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::{Source, State, User};

/// `DELETE /users/:id`, by an administrator. Own projects go with the user; a group must not lose its last owner,
/// unless `hard_delete` takes the group, too.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let hard = ask.flag("hard_delete").unwrap_or(false);
    call.admit(ask)?;

    let mut state = call.change();
    let user = find::user(&state, call.arg(0))?;
    let orphans = groups_owned_alone(&state, &user);
    if !hard && !orphans.is_empty() {
        let text = "User cannot be removed while is the sole-owner of a group";
        return Err(refuse::message(StatusCode::CONFLICT, text));
    }
    for group in orphans {
        state.purge_group(group);
    }
    state.purge_user(&user);
    Ok(Reply::no_content().applied())
}

/// The top-level groups that nobody else owns.
fn groups_owned_alone(state: &State, user: &User) -> Vec<crate::ids::NamespaceId> {
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
