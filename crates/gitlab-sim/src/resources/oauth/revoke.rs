use serde::Serialize;

use super::client::{Claim, text};
use super::refuse::Wrong;
use crate::http::{Answer, Call, Reply};

#[derive(Debug, Serialize)]
struct Nothing {}

/// `POST /oauth/revoke`: ends an access or refresh token with its other half. An unknown one is none to end. That of
/// a client that keeps a secret is ended by that client only.
pub(super) fn revoke(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let mut state = call.change();
    let oauth = &state.belongings.oauth;
    let pair = text(call, "token").and_then(|token| {
        let found = oauth.by_access(&token).or_else(|| oauth.by_refresh(&token));
        found.cloned()
    });
    let Some(pair) = pair else {
        return Ok(Reply::ok(&Nothing {}));
    };
    let claim = Claim::read(call);
    let client = claim.check(&state).map(|application| application.id);
    let confidential = oauth_is_confidential(&state, pair.application);
    let allowed = client == Some(pair.application) || !confidential && claim.is_empty();
    if !allowed {
        return Err(Wrong::revocation().into());
    }
    let changed = !pair.access.revoked;
    state.belongings.oauth.revoke(pair.access.id);
    Ok(Reply::ok(&Nothing {}).applied_if(changed))
}

fn oauth_is_confidential(state: &crate::state::State, application: u64) -> bool {
    let application = state.belongings.oauth.application(application);
    application.is_none_or(|application| application.confidential)
}
