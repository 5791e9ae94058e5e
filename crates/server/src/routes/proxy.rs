use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;

use crate::app::App;
use crate::auth::{Proxied, Scoped};
use crate::error::{ApiError, Result};
use crate::openapi::Routes;
use crate::proxy::Entrance;

pub(super) fn routes() -> Routes {
    Routes::new()
        .below::<__path_graphql>("GitLab", "/api/gitlab/graphql", any(graphql))
        .below::<__path_rest>("GitLab", "/api/gitlab/{*path}", any(rest))
}

/// `ANY /api/gitlab/*path`: GitLab's REST API with the session's token.
///
/// `/api/gitlab/{path}` is GitLab's `/api/v4/{path}`: bodies are GitLab's own and untouched; a refusal has GitLab's status, and
/// its body in `details`. Ids keep their encoded slashes. Answers to reads may come from memory (`X-Cache`); `Cache-Control: no-cache` asks GitLab anew.
#[utoipa::path(
    method(get, head, post, put, patch, delete), path = "/api/gitlab/{path}", operation_id = "Gitlab",
    params(("path" = String, Path, description = "What follows `/api/v4/` in GitLab's documentation.")),
    responses((status = "default", description = "What GitLab answers.", content_type = "*/*", body = Value)),
)]
pub(crate) async fn rest(
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
    app.proxy.rest(&session, raw, &entrance(&app), request).await
}

/// `ANY /api/gitlab/graphql`: GitLab's GraphQL API with the session's token.
#[utoipa::path(
    method(post), path = "/api/gitlab/graphql", operation_id = "GitlabGraphql",
    responses((status = "default", description = "What GitLab answers.", content_type = "*/*", body = Value)),
)]
pub(super) async fn graphql(
    State(app): State<Arc<App>>,
    session: Scoped<Proxied>,
    request: Request,
) -> Result<Response> {
    app.proxy.graphql(&session, &entrance(&app), request).await
}

fn entrance(app: &App) -> Entrance {
    Entrance {
        root: app.address_of("/api/gitlab"),
        knows_us: true,
    }
}
