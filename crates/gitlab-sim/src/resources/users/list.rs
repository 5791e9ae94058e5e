use std::cmp::Ordering;
use std::sync::Arc;

use super::present::UserBody;
use crate::http::page::{self, Offset};
use crate::http::{Answer, Call, Reply, refuse};
use crate::ids::UserId;
use crate::params::Ask;
use crate::state::{Search, State, User, UserOrder, UserState};
use crate::time_text::Moment;

#[derive(Debug)]
struct Wanted {
    username: Option<String>,
    search: Option<(Search, String)>,
    active: Option<bool>,
    blocked: Option<bool>,
    external: Option<bool>,
    exclude_active: Option<bool>,
    admins: Option<bool>,
    created_after: Option<Moment>,
    created_before: Option<Moment>,
    order: UserOrder,
    ascending: bool,
    keyset: bool,
    cursor: Option<String>,
    offset: Offset,
}

/// `GET /users`
pub(super) fn list(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = read(&mut ask);
    if call.viewer.user().is_none() && wanted.username.is_none() {
        return Err(refuse::forbidden());
    }
    call.admit(ask)?;
    if wanted.keyset {
        Ok(by_keyset(call, &wanted))
    } else {
        by_offset(call, &wanted)
    }
}

fn read(ask: &mut Ask<'_>) -> Wanted {
    ask.ignored(&[
        "humans",
        "exclude_internal",
        "without_project_bots",
        "exclude_humans",
        "two_factor",
    ]);
    ask.ignored(&[
        "with_custom_attributes",
        "extern_uid",
        "provider",
        "skip_ldap",
        "auditors",
    ]);
    let order = ask.choice(
        "order_by",
        &["id", "name", "username", "created_at", "updated_at"],
    );
    Wanted {
        username: ask.filled("username"),
        search: ask.filled("search").map(|text| (Search::new(&text), text)),
        active: ask.flag("active"),
        blocked: ask.flag("blocked"),
        external: ask.flag("external"),
        exclude_active: ask.flag("exclude_active"),
        admins: ask.flag("admins"),
        created_after: ask.moment("created_after"),
        created_before: ask.moment("created_before"),
        order: match order {
            Some("name") => UserOrder::Name,
            Some("username") => UserOrder::Username,
            _ => UserOrder::Id,
        },
        ascending: ask.choice("sort", &["asc", "desc"]) == Some("asc"),
        keyset: ask.choice("pagination", &["keyset", "offset"]) == Some("keyset"),
        cursor: ask.filled("cursor"),
        offset: Offset::read(ask),
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
                .filter(|user| matches(call, wanted, user));
            wanted.offset.cut(found).map(|user| Some(row(user)))
        } else {
            let matching = in_order(&state, wanted, None).filter(|user| matches(call, wanted, user));
            wanted.offset.cut(matching).map(|user| Some(row(user)))
        }
    };
    Ok(page.reply(call))
}

fn by_keyset(call: &Call<'_>, wanted: &Wanted) -> Reply {
    let per_page = wanted.offset.per_page();
    let (rows, last) = {
        let state = call.state();
        let after = wanted.cursor.as_deref().and_then(page::read_cursor);
        let last = after.and_then(|id| state.users.get(UserId(id)));
        let page: Vec<&Arc<User>> = in_order(&state, wanted, last.map(AsRef::as_ref))
            .filter(|user| matches(call, wanted, user))
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
        .filter(|user| after.is_none_or(|after| compare(wanted, user, after) == Ordering::Greater))
        .collect();
    found.sort_by(|one, other| compare(wanted, one, other));
    Box::new(found.into_iter())
}

fn compare(wanted: &Wanted, one: &User, other: &User) -> Ordering {
    let ascending = match wanted.order {
        UserOrder::Id => Ordering::Equal,
        UserOrder::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
        UserOrder::Username => one.username.to_lowercase().cmp(&other.username.to_lowercase()),
    }
    .then(one.id.cmp(&other.id));
    if wanted.ascending {
        ascending
    } else {
        ascending.reverse()
    }
}

fn matches(call: &Call<'_>, wanted: &Wanted, user: &User) -> bool {
    let active = user.state == UserState::Active;
    let is = |wish: Option<bool>, fact: bool| wish != Some(true) || fact;
    let named = wanted
        .username
        .as_ref()
        .is_none_or(|name| name.eq_ignore_ascii_case(&user.username));
    let found = wanted.search.as_ref().is_none_or(|(search, searched)| {
        // Administrators also find by the whole private address.
        let by_email = call.viewer.is_admin() && user.email.eq_ignore_ascii_case(searched);
        search.finds(&user.name) || search.finds(&user.username) || by_email
    });
    named
        && found
        && is(wanted.active, active)
        && is(wanted.exclude_active, !active)
        && is(wanted.blocked, user.state == UserState::Blocked)
        && is(wanted.external, user.external)
        && (!call.viewer.is_admin() || is(wanted.admins, user.admin))
        && wanted.created_after.is_none_or(|after| user.created_at > after)
        && wanted
            .created_before
            .is_none_or(|before| user.created_at < before)
}
