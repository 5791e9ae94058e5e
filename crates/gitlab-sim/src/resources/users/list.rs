use std::cmp::Ordering;
use std::sync::Arc;

use super::filter::Wanted;
use super::present::UserBody;
use crate::http::page;
use crate::http::{Answer, Call, Reply, refuse};
use crate::ids::UserId;
use crate::state::{State, User};

/// `GET /users`. Without a token, only by whole name.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let mut wanted = Wanted::read(&mut ask);
    if call.viewer.user().is_none() && wanted.username.is_none() {
        return Err(refuse::forbidden_because(
            "Not authorized to access /api/v4/users",
        ));
    }
    call.admit(ask)?;
    if wanted.needs_administrator() {
        call.administrator()?;
    }
    if !call.viewer.is_admin() {
        wanted = wanted.without_privileges();
    }
    if wanted.keyset && !wanted.by_key {
        Err(page::keyset_not_available())
    } else if wanted.keyset {
        Ok(by_keyset(call, &wanted))
    } else {
        by_offset(call, &wanted)
    }
}

fn by_offset(call: &Call<'_>, wanted: &Wanted) -> Answer {
    wanted.offset.within_cap("User")?;
    let page = {
        let state = call.state();
        let row = |user: &Arc<User>| UserBody::row(call, &state, user);
        if let Some(username) = &wanted.username {
            let found = state
                .users
                .by_username(username)
                .filter(|user| wanted.matches(call, &state, user));
            wanted.offset.cut(found).map(|user| Some(row(user)))
        } else {
            let matching = in_order(&state, wanted, None).filter(|user| wanted.matches(call, &state, user));
            wanted.offset.cut(matching).map(|user| Some(row(user)))
        }
    };
    // Counting is for administrators (GitLab API facts §3.1).
    Ok(page.counted(call.viewer.is_admin()).reply(call))
}

fn by_keyset(call: &Call<'_>, wanted: &Wanted) -> Reply {
    let per_page = wanted.offset.per_page();
    let (rows, last) = {
        let state = call.state();
        let after = wanted.cursor.as_deref().and_then(page::read_cursor);
        let last = after.and_then(|id| state.users.get(UserId(id)));
        let page: Vec<&Arc<User>> = in_order(&state, wanted, last.map(AsRef::as_ref))
            .filter(|user| wanted.matches(call, &state, user))
            .take(per_page)
            .collect();
        let rows: Vec<UserBody> = page
            .iter()
            .map(|user| UserBody::row(call, &state, user))
            .collect();
        (rows, page.last().map(|user| user.id.0))
    };
    let next = last.map(|id| ("cursor", page::cursor(id)));
    page::keyset_reply(call, &rows, per_page, next)
}

/// All users that may match, in the order of the list, from the one after a given one on.
fn in_order<'s>(
    state: &'s State,
    wanted: &Wanted,
    after: Option<&User>,
) -> Box<dyn Iterator<Item = &'s Arc<User>> + 's> {
    let users = &state.users;
    let narrowed = wanted
        .search
        .as_ref()
        // An administrator's search for a whole address finds someone whose names say nothing of it.
        .filter(|(_, text)| !text.contains('@'))
        .and_then(|(search, _)| users.for_search(search));
    let Some(found) = narrowed else {
        return users.walk(wanted.order, wanted.ascending, after);
    };
    let mut found: Vec<&Arc<User>> = found
        .filter(|user| after.is_none_or(|after| wanted.compare(user, after) == Ordering::Greater))
        .collect();
    found.sort_by(|one, other| wanted.compare(one, other));
    Box::new(found.into_iter())
}
