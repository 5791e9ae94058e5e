use std::sync::Arc;

use super::create::is_email;
use super::present::UserBody;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::User;

/// `PUT /users/:id`, by an administrator. A user name stays what it is here.
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let email = ask.filled("email");
    let name = ask.filled("name");
    let admin = ask.flag("admin");
    let external = ask.flag("external");
    let can_create_group = ask.flag("can_create_group");
    let projects_limit = ask.id("projects_limit");
    let note = ask.text("note");
    let private_profile = ask.flag("private_profile");
    let bio = ask.text("bio");
    ask.ignored(&[
        "password",
        "skip_reconfirmation",
        "location",
        "organization",
        "website_url",
        "avatar",
    ]);
    ask.ignored(&["extern_uid", "provider"]);
    call.admit(ask)?;

    let (body, changed) = {
        let mut state = call.change();
        let old = find::user(&state, call.arg(0))?;
        if let Some(email) = &email {
            if state
                .users
                .by_email(email)
                .is_some_and(|other| other.id != old.id)
            {
                return Err(refuse::exists("Email has already been taken"));
            }
            if !is_email(email) {
                return Err(refuse::field("email", "is invalid"));
            }
        }
        let mut user = User::clone(&old);
        user.email = email.unwrap_or(user.email);
        user.name = name.unwrap_or(user.name);
        user.admin = admin.unwrap_or(user.admin);
        user.external = external.unwrap_or(user.external);
        user.can_create_group = can_create_group.unwrap_or(user.can_create_group);
        user.projects_limit = projects_limit.unwrap_or(user.projects_limit);
        user.note = note.unwrap_or(user.note);
        user.private_profile = private_profile.unwrap_or(user.private_profile);
        if let Some(bio) = bio {
            user.bio = bio.unwrap_or_default();
        }
        let changed = user != *old;
        let user = Arc::new(user);
        state.users.put(Arc::clone(&user));
        (UserBody::everything(call, &state, &user), changed)
    };
    Ok(Reply::ok(&body).applied_if(changed))
}
