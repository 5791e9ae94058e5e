use serde::Serialize;

use crate::http::{Answer, Call, Offset};
use crate::resources::find;
use crate::resources::projects::list::{self, Scope, Wanted};
use crate::resources::projects::of_user;
use crate::resources::users::present::UserBasic;
use crate::state::Search;
use crate::time_text::Moment;

#[derive(Debug, Serialize)]
struct Starrer {
    starred_since: Moment,
    user: UserBasic,
}

/// `GET /projects/:id/starrers`, without those who keep their profile to themselves.
pub(in crate::resources::projects) fn starrers(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let search = ask.filled("search").map(|text| Search::new(&text));
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let project = find::project(call, &state, call.arg(0))?;
        let users = state
            .belongings
            .stars
            .starrers(project.id)
            .filter_map(|(user, since)| Some((state.users.get(user)?, since)));
        let shown = users.filter(|(user, _)| {
            let open = !user.private_profile || call.viewer.is_admin() || call.viewer.id() == Some(user.id);
            let found = |search: &Search| search.finds(&user.name) || search.finds(&user.username);
            open && search.as_ref().is_none_or(found)
        });
        offset.cut(shown).map(|(user, since)| {
            Some(Starrer {
                starred_since: since,
                user: UserBasic::of(&call.instance.site, user),
            })
        })
    };
    Ok(page.reply(call))
}

/// `GET /users/:id/starred_projects`. Here a name does, too.
pub(in crate::resources::projects) fn starred_by(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    let user = of_user::find(call)?;
    let open = !user.private_profile || call.viewer.is_admin() || call.viewer.id() == Some(user.id);
    let starred = if open {
        call.state().belongings.stars.of_user(user.id).collect()
    } else {
        Vec::new()
    };
    list::answer(call, &wanted, &Scope::Among(starred))
}
