use std::sync::Arc;

use serde::Serialize;

use crate::http::{Answer, Call, Reply};
use crate::resources::find;
use crate::state::User;

#[derive(Debug, Serialize)]
struct Body {
    id: u64,
    user_id: u64,
    view_diffs_file_by_file: bool,
    show_whitespace_in_diffs: bool,
    pass_user_identities_to_ci_jwt: bool,
}

fn present(user: &User) -> Body {
    let preferences = user.profile().preferences;
    Body {
        id: user.id.0,
        user_id: user.id.0,
        view_diffs_file_by_file: preferences.view_diffs_file_by_file,
        show_whitespace_in_diffs: preferences.show_whitespace_in_diffs,
        pass_user_identities_to_ci_jwt: preferences.pass_user_identities_to_ci_jwt,
    }
}

/// `GET /user/preferences`
pub(super) fn show(call: &Call<'_>) -> Answer {
    let user = call.user()?;
    call.admit_any()?;
    Ok(Reply::ok(&present(user)))
}

/// `PUT /user/preferences`
pub(super) fn update(call: &Call<'_>) -> Answer {
    let id = call.user()?.id;
    let mut ask = call.ask();
    let file_by_file = ask.flag("view_diffs_file_by_file");
    let whitespace = ask.flag("show_whitespace_in_diffs");
    let identities = ask.flag("pass_user_identities_to_ci_jwt");
    ask.at_least_one();
    call.admit(ask)?;
    let (body, changed) = {
        let mut state = call.change();
        let old = find::user(&state, &id.to_string())?;
        let mut user = User::clone(&old);
        let preferences = &mut user.profile_mut().preferences;
        preferences.view_diffs_file_by_file = file_by_file.unwrap_or(preferences.view_diffs_file_by_file);
        preferences.show_whitespace_in_diffs = whitespace.unwrap_or(preferences.show_whitespace_in_diffs);
        preferences.pass_user_identities_to_ci_jwt =
            identities.unwrap_or(preferences.pass_user_identities_to_ci_jwt);
        let changed = old.profile().preferences != user.profile().preferences;
        let body = present(&user);
        state.users.put(Arc::new(user));
        (body, changed)
    };
    Ok(Reply::ok(&body).applied_if(changed))
}
