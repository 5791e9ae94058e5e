use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{LEVELS, managed};
use crate::access::AccessLevel;
use crate::http::{Answer, Call, Reply};
use crate::ids::UserId;
use crate::resources::find;
use crate::resources::members::rules;
use crate::secret::{self, Kind};
use crate::state::{Invitation, Source, State};
use crate::time_text::Day;

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
    ByInvited(BTreeMap<String, String>),
}

#[derive(Debug)]
struct Wanted {
    emails: BTreeSet<String>,
    ids: BTreeSet<String>,
    level: i64,
    expires_on: Option<Day>,
}

/// `POST /{groups,projects}/:id/invitations`: 201 whatever came of it; what was refused stands in the body, the others
/// are invited.
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    ask.require("access_level");
    let level = ask.number_of("access_level", &LEVELS).unwrap_or(-1);
    let (emails, ids) = (ask.list("email"), ask.list("user_id"));
    if emails.is_none() && ids.is_none() {
        ask.complain("email, user_id are missing, at least one parameter must be provided");
    }
    let wanted = Wanted {
        emails: emails.into_iter().flatten().collect(),
        ids: ids.into_iter().flatten().collect(),
        level,
        expires_on: ask.day("expires_at").flatten(),
    };
    ask.ignored(&["invite_source", "member_role_id"]);
    call.admit(ask)?;

    let mut state = call.change();
    let source = find::source(call, &state)?;
    managed(call, &state, source)?;
    rules::may_manage(call, &state, source, AccessLevel::from_number(wanted.level))?;
    rules::may_add(call, &state, source)?;
    if wanted.emails.iter().chain(&wanted.ids).all(String::is_empty) {
        let outcome = Outcome {
            status: "error",
            message: Some(Message::Text("Invites cannot be blank")),
        };
        return Ok(Reply::created(&outcome));
    }
    let mut round = Round {
        call,
        state: &mut state,
        source,
        wanted: &wanted,
        refused: BTreeMap::new(),
        changed: false,
    };
    for email in &wanted.emails {
        round.invite(email);
    }
    for id in &wanted.ids {
        round.add(id);
    }
    let Round { refused, changed, .. } = round;
    drop(state);
    let message = (!refused.is_empty()).then_some(Message::ByInvited(refused));
    let status = if message.is_some() { "error" } else { "success" };
    Ok(Reply::created(&Outcome { status, message }).applied_if(changed))
}

/// One request's invitations, as far as they got.
struct Round<'a, 's> {
    call: &'a Call<'a>,
    state: &'s mut State,
    source: Source,
    wanted: &'a Wanted,
    refused: BTreeMap<String, String>,
    changed: bool,
}

impl Round<'_, '_> {
    /// Invites an address, or makes the user who has it a member.
    fn invite(&mut self, email: &str) {
        let taken = "The member's email address has already been taken";
        if !is_email(email) {
            self.refuse(email, "Invite email is invalid");
        } else if let Some(user) = self.state.user_of_email(email) {
            let user = user.id;
            if self.state.members.get(self.source, user).is_some() {
                self.refuse(email, taken);
            } else {
                self.put(email, user);
            }
        } else if self.is_invited(email) {
            self.refuse(email, taken);
        } else {
            self.keep(email);
        }
    }

    /// Makes a user a member.
    fn add(&mut self, id: &str) {
        let user = id.parse().ok().and_then(|id| self.state.users.get(UserId(id)));
        match user.map(|user| (user.id, user.username.clone())) {
            Some((user, username)) => self.put(&username, user),
            None => self.refuse(id, "User does not exist"),
        }
    }

    fn put(&mut self, invited: &str, user: UserId) {
        let (level, expires_on) = (self.wanted.level, self.wanted.expires_on);
        match rules::put(self.call, self.state, self.source, user, level, expires_on) {
            Ok(changed) => self.changed |= changed,
            Err(complaints) => self.refuse(invited, &complaints.as_sentence()),
        }
    }

    fn is_invited(&self, email: &str) -> bool {
        let mut rows = self.state.belongings.invitations.of(self.source);
        rows.any(|row| row.email.eq_ignore_ascii_case(email))
    }

    fn keep(&mut self, email: &str) {
        let today = self.call.now.day();
        if self.wanted.expires_on.is_some_and(|day| day < today) {
            return self.refuse(email, "Expires at cannot be a date in the past");
        }
        let Some(level) = AccessLevel::from_number(self.wanted.level) else {
            return;
        };
        let call = self.call;
        self.state
            .belongings
            .invitations
            .add(self.source, |id| Invitation {
                id,
                email: email.to_lowercase(),
                level,
                expires_on: self.wanted.expires_on,
                by: call.viewer.id(),
                created_at: call.now,
                token: secret::make(call.instance, Kind::Hex("invitation"), id),
            });
        self.changed = true;
    }

    fn refuse(&mut self, invited: &str, text: &str) {
        self.refused.insert(invited.to_owned(), text.to_owned());
    }
}

fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(char::is_whitespace)
    })
}
