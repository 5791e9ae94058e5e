use gitlab_api::names;

use super::present::UserBody;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Reply};
use crate::state::NewUser;

/// `POST /users`, by an administrator.
pub(super) fn create(call: &Call<'_>) -> Answer {
    let creator = call.administrator()?.id;
    let mut ask = call.ask();
    let email = ask.required_text("email");
    let name = ask.required_text("name");
    let username = ask.required_text("username");
    let password = ask.filled("password");
    let reset = ask.flag("reset_password").unwrap_or(false);
    let random = ask.flag("force_random_password").unwrap_or(false);
    if password.is_none() && !reset && !random {
        ask.complain(
            "password, reset_password, force_random_password are missing, at least one parameter must be provided",
        );
    }
    let new = NewUser {
        admin: ask.flag("admin").unwrap_or(false),
        external: ask.flag("external").unwrap_or(false),
        can_create_group: ask.flag("can_create_group").unwrap_or(true),
        projects_limit: ask.id("projects_limit").unwrap_or(100_000),
        private_profile: ask.flag("private_profile").unwrap_or(false),
        note: ask.filled("note"),
        bio: ask.filled("bio").unwrap_or_default(),
        created_by: Some(creator),
        username,
        name,
        email,
    };
    ask.ignored(&[
        "skip_confirmation",
        "location",
        "organization",
        "website_url",
        "extern_uid",
        "provider",
    ]);
    call.admit(ask)?;

    let mut complaints = Complaints::default();
    if !is_email(&new.email) {
        complaints.add("email", "is invalid");
    }
    complaints.add_all("username", names::username(&new.username));
    if new.name.trim().is_empty() {
        complaints.add("name", names::Broken::Blank.to_string());
    }
    if password.is_some_and(|password| password.chars().count() < 8) {
        complaints.add("password", "is too short (minimum is 8 characters)");
    }

    let body = {
        let mut state = call.change();
        if state.users.by_email(&new.email).is_some() {
            return Err(refuse::exists("Email has already been taken"));
        }
        if state.users.by_username(&new.username).is_some() {
            return Err(refuse::exists("Username has already been taken"));
        }
        if state.tree.child(None, &new.username).is_some() {
            complaints.add("username", refuse::TAKEN);
        }
        if !complaints.is_empty() {
            return Err(refuse::complaints(&complaints));
        }
        let user = state.add_user(new, call.now);
        UserBody::everything(call, &state, &user)
    };
    Ok(Reply::created(&body).applied())
}

pub(super) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !text.contains(char::is_whitespace) && !host.contains('@')
    })
}
