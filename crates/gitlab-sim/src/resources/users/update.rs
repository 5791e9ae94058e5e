use std::sync::Arc;

use gitlab_api::names;

use super::create::is_email;
use super::present::UserBody;
use super::traits::Traits;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Refusal, Reply};
use crate::resources::find;
use crate::state::{State, User};

/// `PUT /users/:id`, by an administrator. A new user name moves the user's own namespace, too.
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let email = ask.filled("email");
    let name = ask.filled("name");
    let username = ask.filled("username");
    let traits = Traits::read(&mut ask);
    ask.ignored(&["skip_reconfirmation"]);
    call.admit(ask)?;

    let (body, changed) = {
        let mut state = call.change();
        let old = find::user(&state, call.arg(0))?;
        check(&state, &old, email.as_deref(), username.as_deref(), &traits)?;
        let mut user = User::clone(&old);
        user.email = email.unwrap_or(user.email);
        user.name = name.unwrap_or(user.name);
        user.username = username.unwrap_or(user.username);
        traits.apply(&mut user);
        let changed = user != *old;
        let user = Arc::new(user);
        if user.username != old.username {
            state
                .tree
                .rename_personal(user.namespace, &old.username, &user.username);
        }
        state.users.put(Arc::clone(&user));
        (UserBody::everything(call, &state, &user), changed)
    };
    Ok(Reply::ok(&body).applied_if(changed))
}

fn check(
    state: &State,
    old: &User,
    email: Option<&str>,
    username: Option<&str>,
    traits: &Traits,
) -> Result<(), Refusal> {
    let is_other = |found: Option<&Arc<User>>| found.is_some_and(|other| other.id != old.id);
    if email.is_some_and(|email| is_other(state.user_of_email(email))) {
        return Err(refuse::exists("Email has already been taken"));
    }
    if username.is_some_and(|username| is_other(state.users.by_username(username))) {
        return Err(refuse::exists("Username has already been taken"));
    }
    let mut complaints = Complaints::default();
    if email.is_some_and(|email| !is_email(email)) {
        complaints.add("email", "is invalid");
    }
    if let Some(username) = username.filter(|name| *name != old.username) {
        complaints.add_all("username", names::username(username));
        let same = username.eq_ignore_ascii_case(&old.username);
        if !same && state.tree.child(None, username).is_some() {
            complaints.add("username", refuse::TAKEN);
        }
    }
    traits.check(&mut complaints);
    if let Some(wanted) = traits.identity() {
        let taken = state
            .users
            .iter()
            .any(|other| other.id != old.id && other.profile().identities.contains(wanted));
        if taken {
            complaints.add("identities.extern_uid", refuse::TAKEN);
        }
    }
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(refuse::complaints(&complaints))
    }
}
