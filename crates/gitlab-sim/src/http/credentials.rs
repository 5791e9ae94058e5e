//! Whose request it is, and whether the token is good for it (GitLab API facts §1).

use std::sync::Arc;

use super::refuse;
use super::reply::Refusal;
use crate::ids::UserId;
use crate::instance::Instance;
use crate::state::{Token, User, UserState};
use crate::time_text::Moment;

/// What a request brought along.
pub(super) struct Credentials {
    /// There was a token, known or not.
    pub(super) sent: bool,
    pub(super) holder: Option<Holder>,
}

pub(super) type Holder = (Arc<Token>, Arc<User>);

/// The token with that secret, and its user.
pub(super) fn holder(instance: &Instance, secret: &str) -> Option<Holder> {
    let state = instance.state();
    let of_application = || state.belongings.oauth.by_access(secret).map(|pair| &pair.access);
    let token = state.tokens.by_secret(secret).or_else(of_application)?;
    let user = state.users.get(token.user)?;
    Some((Arc::clone(token), Arc::clone(user)))
}

/// Whose request it is. Nobody's without a token; refused with one that is not good for this call.
pub(super) fn check_token(
    credentials: Credentials,
    reads: bool,
    also: &'static [&'static str],
    now: Moment,
) -> Result<Option<Holder>, Refusal> {
    let Some((token, user)) = credentials.holder else {
        return if credentials.sent {
            Err(refuse::unauthorized())
        } else {
            Ok(None)
        };
    };
    if token.revoked {
        return Err(refuse::invalid_token(refuse::REVOKED));
    }
    if token.is_expired(now) {
        return Err(refuse::invalid_token(refuse::EXPIRED));
    }
    let enough = token.has_scope("api")
        || reads && token.has_scope("read_api")
        || also.iter().any(|scope| *scope == "*" || token.has_scope(scope));
    if !enough {
        let mut accepted = vec!["api"];
        if reads {
            accepted.push("read_api");
        }
        accepted.extend(also);
        return Err(refuse::insufficient_scope(&accepted.join(" ")));
    }
    token.last_used.note(now);
    match user.state {
        UserState::Active => Ok(Some((token, user))),
        UserState::Blocked | UserState::Banned => {
            Err(refuse::forbidden_because("Your account has been blocked."))
        }
        UserState::Deactivated => Err(refuse::forbidden_because(
            "Your account has been deactivated by your administrator. Please log back in from a web browser to \
             reactivate your account.",
        )),
    }
}

/// Whom an administrator asked to act as.
pub(super) fn become_someone(
    instance: &Instance,
    user: Option<Arc<User>>,
    token: Option<&Token>,
    target: &str,
) -> Result<Arc<User>, Refusal> {
    let user = user.ok_or_else(refuse::unauthorized)?;
    if !user.admin {
        return Err(refuse::forbidden_because("Must be admin to use sudo"));
    }
    if !token.is_some_and(|token| token.has_scope("sudo")) {
        return Err(refuse::insufficient_scope("sudo"));
    }
    let state = instance.state();
    let found = match target.parse() {
        Ok(id) => state.users.get(UserId(id)),
        Err(_) => state.users.by_username(target),
    };
    found
        .cloned()
        .ok_or_else(|| refuse::not_found(&format!("User with ID or username '{target}'")))
}
