use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::Serialize;

use super::present::{MemberBody, Shown};
use super::rules;
use crate::access::AccessLevel;
use crate::http::{Answer, Call, Reply, refuse};
use crate::ids::UserId;
use crate::resources::{access_requests, find};
use crate::state::{Source, State};
use crate::time_text::Day;

#[derive(Debug)]
struct Wanted {
    /// As sent: one, or several with commas.
    user_id: Option<String>,
    username: Option<String>,
    level: i64,
    expires_on: Option<Day>,
}

/// `POST /{groups,projects}/:id/members`
///
/// One user answers 201 with the membership, or is refused. Several, with commas, always answer 201; what was
/// refused stands in the body, the others are in.
pub(super) fn add(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    ask.require("access_level");
    let level = ask.integer("access_level").unwrap_or(-1);
    let wanted = Wanted {
        user_id: ask.filled("user_id"),
        username: ask.filled("username"),
        expires_on: ask.day("expires_at").flatten(),
        level,
    };
    match (&wanted.user_id, &wanted.username) {
        (Some(_), Some(_)) => ask.complain("user_id, username are mutually exclusive"),
        (None, None) => {
            ask.complain("user_id, username are missing, at least one parameter must be provided");
        }
        _ => {}
    }
    ask.ignored(&["member_role_id", "invite_source"]);
    call.admit(ask)?;

    let several = [&wanted.user_id, &wanted.username]
        .into_iter()
        .flatten()
        .any(|text| text.contains(','));
    if several {
        add_several(call, &wanted)
    } else {
        add_one(call, &wanted)
    }
}

fn add_one(call: &Call<'_>, wanted: &Wanted) -> Answer {
    let body = {
        let mut state = call.change();
        let source = find::source(call, &state)?;
        let user = match (&wanted.user_id, &wanted.username) {
            (Some(id), _) => id.trim().parse().ok().and_then(|id| state.users.get(UserId(id))),
            (None, Some(name)) => state.users.by_username(name),
            (None, None) => None,
        };
        let user = user
            .map(|user| user.id)
            .ok_or_else(|| refuse::not_found("User"))?;
        if state
            .members
            .get(source, user)
            .is_some_and(|member| member.is_active(call.now.day()))
        {
            return Err(refuse::exists("Member already exists"));
        }
        rules::may_manage(call, &state, source, AccessLevel::from_number(wanted.level))?;
        rules::may_add(call, &state, source)?;
        let level = rules::check(call, &state, source, user, wanted.level, wanted.expires_on)
            .map_err(|complaints| refuse::complaints(&complaints))?;
        let member = state.set_member(source, user, level, wanted.expires_on, call.viewer.id(), call.now);
        access_requests::settle(&mut state, source, user);
        let shown = Shown::at(call, &state, source, false);
        MemberBody::of(call, &state, &member, shown)
    };
    Ok(Reply::created(&body.ok_or_else(|| refuse::not_found("User"))?).applied())
}

#[derive(Debug, Serialize)]
struct Outcome {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Message {
    Text(&'static str),
    ByUser(BTreeMap<String, String>),
}

fn add_several(call: &Call<'_>, wanted: &Wanted) -> Answer {
    let (outcome, changed) = {
        let mut state = call.change();
        let source = find::source(call, &state)?;
        rules::may_manage(call, &state, source, AccessLevel::from_number(wanted.level))?;
        rules::may_add(call, &state, source)?;
        match find_several(&state, wanted) {
            Err(text) => (
                Outcome {
                    status: "error",
                    message: Some(Message::Text(text)),
                },
                false,
            ),
            Ok(users) => {
                let (refused, added) = put_several(call, &mut state, source, wanted, &users);
                let message = (!refused.is_empty()).then_some(Message::ByUser(refused));
                let status = if message.is_some() { "error" } else { "success" };
                (Outcome { status, message }, added)
            }
        }
    };
    Ok(Reply::json(StatusCode::CREATED, &outcome).applied_if(changed))
}

fn find_several(state: &State, wanted: &Wanted) -> Result<Vec<UserId>, &'static str> {
    let (list, by_id, missing) = match (&wanted.user_id, &wanted.username) {
        (Some(ids), _) => (ids, true, "Unable to find User ID"),
        (None, Some(names)) => (names, false, "Unable to find Username"),
        (None, None) => return Ok(Vec::new()),
    };
    list.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let user = if by_id {
                part.parse().ok().and_then(|id| state.users.get(UserId(id)))
            } else {
                state.users.by_username(part)
            };
            user.map(|user| user.id).ok_or(missing)
        })
        .collect()
}

/// What was refused, by user name, and whether anything changed. A member in the list gets the new level.
fn put_several(
    call: &Call<'_>,
    state: &mut State,
    source: Source,
    wanted: &Wanted,
    users: &[UserId],
) -> (BTreeMap<String, String>, bool) {
    let mut refused = BTreeMap::new();
    let mut changed = false;
    for user in users {
        match rules::put(call, state, source, *user, wanted.level, wanted.expires_on) {
            Ok(new) => changed |= new,
            Err(complaints) => {
                let user = state.users.get(*user);
                let name = user.map(|user| user.username.clone()).unwrap_or_default();
                refused.insert(name, complaints.as_sentence());
            }
        }
    }
    (refused, changed)
}
