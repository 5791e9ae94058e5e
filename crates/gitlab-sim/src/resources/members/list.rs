use super::present::{MemberBody, Shown};
use super::source;
use crate::http::{Answer, Call, Offset};
use crate::params::Ask;
use crate::resources::{find, holds};
use crate::state::{Member, State};

#[derive(Debug)]
struct Wanted {
    query: Option<String>,
    user_ids: Option<Vec<u64>>,
    skip_users: Vec<u64>,
    /// Nobody is awaiting here.
    none: bool,
    seats: bool,
    offset: Offset,
}

fn read(ask: &mut Ask<'_>) -> Wanted {
    ask.ignored(&["with_saml_identity"]);
    Wanted {
        query: ask.filled("query"),
        user_ids: ask.ids("user_ids"),
        skip_users: ask.ids("skip_users").unwrap_or_default(),
        none: ask.choice("state", &["awaiting", "active"]) == Some("awaiting"),
        seats: ask.flag("show_seat_info").unwrap_or(false),
        offset: Offset::read(ask),
    }
}

fn matches(state: &State, wanted: &Wanted, member: &Member) -> bool {
    !wanted.none
        && wanted
            .user_ids
            .as_ref()
            .is_none_or(|ids| ids.contains(&member.user.0))
        && !wanted.skip_users.contains(&member.user.0)
        && wanted.query.as_ref().is_none_or(|text| {
            state.users.get(member.user).is_some_and(|user| {
                holds(&user.name, text)
                    || holds(&user.username, text)
                    || user.email.eq_ignore_ascii_case(text)
            })
        })
}

/// `GET /{groups,projects}/:id/members`: direct members only.
pub(super) fn direct(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let wanted = read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let source = find::source(call, &state)?;
        let shown = Shown::at(call, &state, source, wanted.seats);
        let rows = state.members.of_source(source);
        let rows = rows.filter(|member| member.is_active(call.now.day()) && matches(&state, &wanted, member));
        wanted
            .offset
            .cut(rows)
            .map(|member| MemberBody::of(call, &state, member, shown))
    };
    Ok(page.reply(call))
}

/// `GET /{groups,projects}/:id/members/all`: direct, inherited and through invited groups, one row per user with the
/// highest level.
pub(super) fn all(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let wanted = read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let source = find::source(call, &state)?;
        let shown = Shown::at(call, &state, source, wanted.seats);
        let members = source::effective(call, &state, source);
        let rows = members.values().filter(|member| matches(&state, &wanted, member));
        wanted
            .offset
            .cut(rows)
            .map(|member| MemberBody::of(call, &state, member, shown))
    };
    Ok(page.reply(call))
}
