use std::sync::Arc;

use gitlab_api::names;

use super::present::UserBody;
use super::traits::Traits;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Reply};
use crate::resources::invitations;
use crate::state::{NewUser, State, User};

/// `POST /users`, by an administrator. Invitations of the address become memberships.
pub(super) fn create(call: &Call<'_>) -> Answer {
    let creator = call.administrator()?.id;
    let mut ask = call.ask();
    let email = ask.required_text("email");
    let name = ask.required_text("name");
    let username = ask.required_text("username");
    let traits = Traits::read(&mut ask);
    let reset = ask.flag("reset_password").unwrap_or(false);
    let random = ask.flag("force_random_password").unwrap_or(false);
    if !traits.has_password() && !reset && !random {
        ask.complain(
            "password, reset_password, force_random_password are missing, at least one parameter must be provided",
        );
    }
    ask.ignored(&["skip_confirmation"]);
    call.admit(ask)?;

    let new = NewUser {
        created_by: Some(creator),
        ..NewUser::plain(username, name, email)
    };
    let body = {
        let mut state = call.change();
        let settings = &state.belongings.settings;
        let new = NewUser {
            can_create_group: settings.can_create_group(),
            projects_limit: settings.default_projects_limit(),
            ..new
        };
        let complaints = check(&state, &new, &traits)?;
        if !complaints.is_empty() {
            return Err(refuse::complaints(&complaints));
        }
        let user = state.add_user(new, call.now);
        let mut user = User::clone(&user);
        traits.apply(&mut user);
        let user = Arc::new(user);
        state.users.put(Arc::clone(&user));
        invitations::accept(call.now, &mut state, &user);
        UserBody::everything(call, &state, &user)
    };
    Ok(Reply::created(&body).applied())
}

/// Whether name and address are free, first of all, and what the model refuses.
fn check(state: &State, new: &NewUser, traits: &Traits) -> Result<Complaints, crate::http::Refusal> {
    if state.user_of_email(&new.email).is_some() {
        return Err(refuse::exists("Email has already been taken"));
    }
    if state.users.by_username(&new.username).is_some() {
        return Err(refuse::exists("Username has already been taken"));
    }
    let mut complaints = Complaints::default();
    if !is_email(&new.email) {
        complaints.add("email", "is invalid");
    }
    complaints.add_all("username", names::username(&new.username));
    if new.name.trim().is_empty() {
        complaints.add("name", names::Broken::Blank.to_string());
    }
    traits.check(&mut complaints);
    if state.tree.child(None, &new.username).is_some() {
        complaints.add("username", refuse::TAKEN);
    }
    Ok(complaints)
}

pub(super) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !text.contains(char::is_whitespace) && !host.contains('@')
    })
}
