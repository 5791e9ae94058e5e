use std::sync::Arc;

use http::{HeaderMap, HeaderValue};

use crate::app::App;
use crate::auth::{Opened, Session, SessionId, opening_cookie, session_cookie};
use crate::chain::RequestContext;
use crate::dispatch::go_on_after_login;
use crate::error::Result;

/// What follows whenever somebody has signed in: the session that this browser had ends, those that are too many
/// end, jobs that waited go on. Returns the session and its cookie.
pub(super) async fn opened(
    app: &Arc<App>,
    context: &RequestContext,
    headers: &HeaderMap,
    opened: Opened,
) -> Result<(Arc<Session>, HeaderValue)> {
    let Opened {
        cookie,
        session,
        ended,
    } = opened;
    let user = session.actor.user.clone();
    context.tell_audit(|row| row.user = Some((user, session.actor.username.clone())));
    let production = app.settings.production;
    if let Some(old) = session_cookie(headers, production) {
        let old = SessionId::of(old);
        app.sessions.close(old).await?;
        app.live.close_session(old).await;
    }
    for id in ended {
        app.live.close_session(id).await;
    }
    tracing::info!(user = session.actor.user.user_id, instance = %session.actor.user.instance, "Signed in");
    if let Err(error) = go_on_after_login(app, &session).await {
        tracing::warn!(%error, "A job that waited for this login could not go on");
    }
    let cookie = opening_cookie(&cookie, app.settings.session_lifetime, production);
    Ok((session, cookie))
}
