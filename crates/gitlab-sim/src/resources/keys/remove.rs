use super::show;
use crate::hooks::{Event, KeyChange};
use crate::http::{Answer, Call, Reply};
use crate::ids::UserId;
use crate::resources::find;
use crate::state::KeyOwner;

/// `DELETE /user/keys/:key_id`
pub(super) fn own(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    call.admit_any()?;
    remove(call, user, call.arg(0))
}

/// `DELETE /users/:id/keys/:key_id`, by an administrator.
pub(super) fn of_user(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let user = find::user(&call.state(), call.arg(0))?.id;
    remove(call, user, call.arg(1))
}

fn remove(call: &Call<'_>, user: UserId, id: &str) -> Answer {
    let mut state = call.change();
    let key = show::one(&state, user, id)?;
    if let Some(user) = state.users.get(user).cloned() {
        state.tell(Event::Key {
            user: &user,
            id: key.id,
            key: &key.text,
            created_at: key.created_at,
            change: KeyChange::Destroyed,
        });
    }
    state.belongings.keys.remove(KeyOwner::User(user), key.id);
    Ok(Reply::no_content().applied())
}
