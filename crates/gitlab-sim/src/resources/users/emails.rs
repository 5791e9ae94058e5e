//! Addresses besides the first one.

use std::sync::Arc;

use serde::Serialize;

use super::create::is_email;
use crate::http::{Answer, Call, Offset, Refusal, Reply, refuse};
use crate::ids::UserId;
use crate::resources::find;
use crate::state::{Email, State};
use crate::time_text::Moment;

#[derive(Debug, Serialize)]
struct EmailBody {
    id: u64,
    email: String,
    confirmed_at: Option<Moment>,
}

fn present(row: &Email) -> EmailBody {
    EmailBody {
        id: row.id,
        email: row.address.clone(),
        confirmed_at: row.confirmed_at,
    }
}

/// `GET /user/emails`
pub(super) fn own(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    page(call, user)
}

/// `GET /users/:id/emails`, by an administrator.
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let user = find::user(&call.state(), call.arg(0))?.id;
    page(call, user)
}

fn page(call: &Call<'_>, user: UserId) -> Answer {
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let emails = &state.belongings.emails;
        let rows = offset.cut_of(emails.of(user).cloned(), emails.count(user));
        rows.map(|row| Some(present(&row)))
    };
    Ok(page.reply(call))
}

/// `GET /user/emails/:email_id`
pub(super) fn show_own(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    call.admit_any()?;
    let row = find_row(&call.state(), user, call.arg(0))?;
    Ok(Reply::ok(&present(&row)))
}

/// `POST /user/emails`. It has to be confirmed by a mail that nobody sends here.
pub(super) fn add_own(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    let mut ask = call.ask();
    let address = ask.required_text("email");
    call.admit(ask)?;
    create(call, user, address, false)
}

/// `POST /users/:id/emails`, by an administrator, who may skip the confirmation.
pub(super) fn add(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let address = ask.required_text("email");
    let confirmed = ask.flag("skip_confirmation").unwrap_or(false);
    call.admit(ask)?;
    let user = find::user(&call.state(), call.arg(0))?.id;
    create(call, user, address, confirmed)
}

fn create(call: &Call<'_>, user: UserId, address: String, confirmed: bool) -> Answer {
    let row = {
        let mut state = call.change();
        if !is_email(&address) {
            return Err(refuse::field("email", "is invalid"));
        }
        if state.user_of_email(&address).is_some() {
            return Err(refuse::field("email", refuse::TAKEN));
        }
        state.belongings.emails.add(user, |id| Email {
            id,
            address,
            confirmed_at: confirmed.then_some(call.now),
        })
    };
    Ok(Reply::created(&present(&row)).applied())
}

/// `DELETE /user/emails/:email_id`
pub(super) fn remove_own(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    call.admit_any()?;
    take(call, user, call.arg(0))
}

/// `DELETE /users/:id/emails/:email_id`, by an administrator.
pub(super) fn remove(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let user = find::user(&call.state(), call.arg(0))?.id;
    take(call, user, call.arg(1))
}

fn take(call: &Call<'_>, user: UserId, id: &str) -> Answer {
    let mut state = call.change();
    let row = find_row(&state, user, id)?;
    state.belongings.emails.remove(user, row.id);
    Ok(Reply::no_content().applied())
}

fn find_row(state: &State, user: UserId, id: &str) -> Result<Arc<Email>, Refusal> {
    let found = id
        .parse()
        .ok()
        .and_then(|id| state.belongings.emails.get(user, id));
    found.cloned().ok_or_else(|| refuse::not_found("Email"))
}
