use axum::extract::Request;

use super::RequestContext;
use crate::address::counted_as;
use crate::app::App;
use crate::auth::{Door, KeySecret, presented_key, presents_credential, session_cookie};
use crate::error::{ApiError, Result};

/// Looks whose session or API key it is. Whether one is needed, the route says. A key that is presented decides
/// alone, also beside a cookie.
pub(super) async fn find(app: &App, context: &RequestContext, request: &mut Request) -> Result<()> {
    let (headers, path) = (request.headers(), request.uri().path());
    // Its Bearer is a token of its own (`METRICS_TOKEN`), and no guess at a key. And health is told to everybody, also
    // while nobody can be looked up.
    if path == "/metrics" || path == "/health" || path.starts_with("/health/") {
        return Ok(());
    }
    let door = request.extensions().get::<Door>().copied();
    let door = door.unwrap_or_else(|| Door::of_path(path));
    let found = match (presented_key(headers, door), door) {
        (Some(key), _) => app.keys.find(KeySecret::of(key), context.address()).await,
        (None, Door::Gateway) => Ok(None),
        (None, Door::Api) => match session_cookie(headers, app.settings.production) {
            Some(value) => app.sessions.find(value).await,
            None => Ok(None),
        },
    };
    match found {
        Ok(Some(session)) => {
            context.signed_in_as(&session);
            request.extensions_mut().insert(session);
        }
        Ok(None) if door == Door::Gateway || presents_credential(request.headers()) => {
            let standing = app.limits.addresses.take(counted_as(context.address())).await;
            if !standing.within {
                return Err(ApiError::rate_limited(standing.reset));
            }
        }
        Ok(None) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
