use std::cmp::Ordering;
use std::sync::Arc;

use super::present::UserBody;
use crate::http::page::{self, Offset};
use crate::http::{Answer, Call, Reply, refuse};
use crate::ids::UserId;
use crate::params::Ask;
use crate::resources::holds;
use crate::state::{State, User, UserState};
use crate::time_text::Moment;

#[derive(Debug)]
struct Wanted {
    username: Option<String>,
    search: Option<String>,
    active: Option<bool>,
    blocked: Option<bool>,
    external: Option<bool>,
    exclude_active: Option<bool>,
    admins: Option<bool>,
    created_after: Option<Moment>,
    created_before: Option<Moment>,
    order: Order,
    ascending: bool,
    keyset: bool,
    cursor: Option<String>,
    offset: Offset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Id,
    Name,
    Username,
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
        search: ask.filled("search"),
        active: ask.flag("active"),
        blocked: ask.flag("blocked"),
        external: ask.flag("external"),
        exclude_active: ask.flag("exclude_active"),
        admins: ask.flag("admins"),
        created_after: ask.moment("created_after"),
        created_before: ask.moment("created_before"),
        order: match order {
            Some("name") => Order::Name,
            Some("username") => Order::Username,
            _ => Order::Id,
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
        } else if wanted.order == Order::Id {
            let matching = |user: &&Arc<User>| matches(call, wanted, user);
            let page = if wanted.ascending {
                wanted.offset.cut(state.users.iter().filter(matching))
            } else {
                wanted.offset.cut(state.users.iter().rev().filter(matching))
            };
            page.map(|user| Some(row(user)))
        } else {
            let ids = call
                .instance
                .lists
                .get(call.list_key(), state.epoch, || sorted(call, &state, wanted));
            wanted
                .offset
                .slice(&ids)
                .map(|id| state.users.get(UserId(id)).map(row))
        }
    };
    Ok(page.reply(call))
}

fn by_keyset(call: &Call<'_>, wanted: &Wanted) -> Reply {
    let per_page = wanted.offset.per_page();
    let (rows, last) = {
        let state = call.state();
        let ids = call
            .instance
            .lists
            .get(call.list_key(), state.epoch, || sorted(call, &state, wanted));
        let after = wanted.cursor.as_deref().and_then(page::read_cursor);
        let start = match after.and_then(|id| state.users.get(UserId(id))) {
            Some(last) => ids.partition_point(|id| {
                state
                    .users
                    .get(UserId(*id))
                    .is_some_and(|user| compare(wanted, user, last) != Ordering::Greater)
            }),
            None => 0,
        };
        let page = &ids[start..ids.len().min(start + per_page)];
        let rows: Vec<UserBody> = page
            .iter()
            .filter_map(|id| Some(UserBody::row(call, &state, state.users.get(UserId(*id))?)))
            .collect();
        (rows, page.last().copied())
    };
    let next = last.map(|id| ("cursor", page::cursor(id)));
    page::keyset_reply(call, &rows, per_page, next)
}

fn sorted(call: &Call<'_>, state: &State, wanted: &Wanted) -> Vec<u64> {
    let mut users: Vec<&Arc<User>> = state
        .users
        .iter()
        .filter(|user| matches(call, wanted, user))
        .collect();
    users.sort_by(|one, other| compare(wanted, one, other));
    users.into_iter().map(|user| user.id.0).collect()
}

fn compare(wanted: &Wanted, one: &User, other: &User) -> Ordering {
    let ascending = match wanted.order {
        Order::Id => Ordering::Equal,
        Order::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
        Order::Username => one.username.to_lowercase().cmp(&other.username.to_lowercase()),
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
    let found = wanted.search.as_ref().is_none_or(|searched| {
        // Administrators also find by the whole private address.
        let by_email = call.viewer.is_admin() && user.email.eq_ignore_ascii_case(searched);
        holds(&user.name, searched) || holds(&user.username, searched) || by_email
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
