use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::app::App;
use crate::auth::{Proxied, Scoped};
use crate::error::{ApiError, Result};

/// `ANY /api/gitlab/*path`: GitLab's REST API with the session's token.
pub(super) async fn rest(
    State(app): State<Arc<App>>,
    session: Scoped<Proxied>,
    request: Request,
) -> Result<Response> {
    let uri = request.uri().clone();
    let raw = uri
        .path_and_query()
        .map_or(uri.path(), http::uri::PathAndQuery::as_str);
    // As it came over the wire: nothing has been decoded or resolved.
    let raw = raw
        .strip_prefix("/api/gitlab")
        .ok_or_else(|| ApiError::not_found("there is nothing at this address"))?;
    app.proxy
        .rest(&session.gitlab, raw, &app.proxy_root(), request)
        .await
}

/// `ANY /api/gitlab/graphql`: GitLab's GraphQL API.
pub(super) async fn graphql(
    State(app): State<Arc<App>>,
    session: Scoped<Proxied>,
    request: Request,
) -> Result<Response> {
    app.proxy.graphql(&session.gitlab, request).await
}
