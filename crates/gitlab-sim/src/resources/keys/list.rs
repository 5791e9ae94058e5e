use super::present::KeyBody;
use crate::http::{Answer, Call, Offset};
use crate::resources::find;
use crate::state::{KeyOwner, User};

/// `GET /user/keys`
pub(super) fn own(call: &Call<'_>) -> Answer {
    let user = call.user()?;
    page(call, user)
}

/// `GET /users/:id/keys`, by id or name, for everyone.
pub(super) fn of_user(call: &Call<'_>) -> Answer {
    let user = find::user_or_name(&call.state(), call.arg(0))?;
    page(call, &user)
}

fn page(call: &Call<'_>, user: &User) -> Answer {
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let (keys, owner) = (&state.belongings.keys, KeyOwner::User(user.id));
        offset.cut_of(keys.of(owner).cloned(), keys.count(owner))
    };
    let page = page.map(|key| Some(KeyBody::of(call, &key, user)));
    Ok(page.reply(call))
}
