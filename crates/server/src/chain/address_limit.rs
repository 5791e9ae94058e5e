use axum::extract::Request;
use axum::response::{IntoResponse, Response};

use super::{RequestContext, standing};
use crate::address::counted_as;
use crate::app::App;
use crate::auth::presents_credential;
use crate::error::ApiError;

/// Limits what one address may ask before anybody has signed in, and how often it may try to.
///
/// A request that presents a credential is counted by its user instead, or, if the credential turns out to
/// be none, here after all: many people behind one address do not share a limit.
pub(super) async fn count<F: Future<Output = Response>>(
    app: &App,
    context: &RequestContext,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let (path, key) = (request.uri().path(), counted_as(context.address()));
    let standing = if matches!(path, "/api/auth/login" | "/api/auth/oauth/callback") {
        app.limits.logins.take(key).await
    } else if path.starts_with("/api/webhooks/") {
        // One GitLab speaks for all who use it; whoever guesses at the secret is counted there.
        return next(request).await;
    } else if path.starts_with("/api/") && !presents_credential(request.headers()) {
        app.limits.addresses.take(key).await
    } else {
        return next(request).await;
    };
    let mut response = if standing.within {
        next(request).await
    } else {
        ApiError::rate_limited(standing.reset).into_response()
    };
    standing::tell(&mut response, standing);
    response
}
