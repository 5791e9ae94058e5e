use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};

use super::standing;
use crate::app::App;
use crate::auth::Session;
use crate::error::ApiError;
use crate::routes::Kind;

/// Limits what one signed-in user may ask. The proxy is governed by the outbound budget instead.
pub(super) async fn count<F: Future<Output = Response>>(
    app: &App,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let path = request.uri().path();
    let counted = path.starts_with("/api/") && Kind::of(path) != Kind::Stream;
    let Some(session) = request.extensions().get::<Arc<Session>>().filter(|_| counted) else {
        return next(request).await;
    };
    let standing = app.limits.users.take(session.actor.user.clone()).await;
    let mut response = if standing.within {
        next(request).await
    } else {
        ApiError::rate_limited(standing.reset).into_response()
    };
    standing::tell(&mut response, standing);
    response
}
