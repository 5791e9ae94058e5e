use std::sync::Arc;

use serde::Serialize;

use super::refuse::invalid_token;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::state::{Token, TokenKind};

#[derive(Debug, Serialize)]
struct Info<'a> {
    resource_owner_id: u64,
    scope: &'a [String],
    expires_in: i64,
    application: ApplicationUid,
    created_at: i64,
}

#[derive(Debug, Serialize)]
struct ApplicationUid {
    uid: String,
}

/// `GET /oauth/token/info`, with the access token itself.
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let token = access_token(call)?;
    let TokenKind::Oauth { application, until } = token.kind else {
        return Err(invalid_token());
    };
    let uid = {
        let state = call.state();
        let application = state.belongings.oauth.application(application);
        application
            .map(|application| application.uid.clone())
            .unwrap_or_default()
    };
    let info = Info {
        resource_owner_id: token.user.0,
        scope: &token.scopes,
        expires_in: (until.0 - call.now.0).div_euclid(1_000),
        application: ApplicationUid { uid },
        created_at: token.created_at.0.div_euclid(1_000),
    };
    Ok(Reply::ok(&info))
}

/// The application's token that came with the request, while it is good.
pub(super) fn access_token(call: &Call<'_>) -> Result<Arc<Token>, Refusal> {
    let sent = call.credential();
    let found = sent.and_then(|sent| {
        let state = call.state();
        let pair = state.belongings.oauth.by_access(&sent)?;
        Some(Arc::clone(&pair.access))
    });
    let good = found.filter(|token| token.is_active(call.now));
    good.ok_or_else(invalid_token)
}
