use std::time::Duration;

use super::preauthorize::Asked;
use super::redirect;
use crate::http::{Call, Reply};
use crate::secret::{self, Kind};
use crate::state::{Grant, User};

/// How long a code is good.
const LIFETIME: Duration = Duration::from_mins(10);

/// Sends the browser back with a code for what was asked.
pub(super) fn give(call: &Call<'_>, asked: &Asked, user: &User) -> Reply {
    let code = {
        let mut state = call.change();
        let oauth = &mut state.belongings.oauth;
        let number = oauth.number();
        let code = secret::make(call.instance, Kind::Hex("code"), number);
        oauth.add_grant(
            &code,
            Grant {
                application: asked.application.id,
                user: user.id,
                scopes: asked.scopes.clone(),
                redirect_uri: asked.redirect_uri.clone(),
                challenge: asked.challenge.clone(),
                until: call.now.after(LIFETIME),
            },
        );
        code
    };
    let address = redirect::with(
        &asked.redirect_uri,
        &[("code", Some(&code.0)), ("state", asked.state.as_deref())],
    );
    redirect::to(&address).applied()
}
