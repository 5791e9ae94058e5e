use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, header};

use crate::app::App;
use crate::auth::{Gateway, Scoped};
use crate::error::{ApiError, Result};
use crate::listen::AtRoot;
use crate::openapi::Routes;
use crate::proxy::Entrance;

pub(super) fn routes() -> Routes {
    Routes::new()
        .below::<__path_graphql>("Gateway", "/gitlab/api/graphql", any(graphql))
        .below::<__path_rest>("Gateway", "/gitlab/api/v4/{*path}", any(rest))
        .silent("/gitlab/api/v4", any(rest))
        .silent("/gitlab/api/v4/", any(rest))
}

/// `ANY /gitlab/api/v4/*path`: GitLab's REST API for GitLab's own clients, with an API key.
///
/// Bodies, status and errors are GitLab's own; links lead back here. The key is sent as GitLab's clients send a token:
/// `PRIVATE-TOKEN` or `Authorization: Bearer`. What is there is told of in GitLab's documents.
#[utoipa::path(
    method(get, head, post, put, patch, delete), path = "/gitlab/api/v4/{path}", operation_id = "ThroughGateway",
    security(("apiKey" = []), ("privateToken" = [])),
    params(("path" = String, Path, description = "What follows `/api/v4/` in GitLab's documentation.")),
    responses((status = "default", description = "What GitLab answers.", content_type = "*/*", body = Value)),
)]
pub(crate) async fn rest(
    State(app): State<Arc<App>>,
    key: Scoped<Gateway>,
    request: Request,
) -> Result<Response> {
    let uri = request.uri().clone();
    let raw = uri.path_and_query().map_or(uri.path(), PathAndQuery::as_str);
    // As it came over the wire: nothing has been decoded or resolved.
    let raw = raw
        .strip_prefix("/gitlab/api/v4")
        .ok_or_else(|| ApiError::not_found("there is nothing at this address"))?;
    app.proxy
        .rest(&key, raw, &entrance(&app, &request), request)
        .await
}

/// `ANY /gitlab/api/graphql`: GitLab's GraphQL API for GitLab's own clients.
#[utoipa::path(
    method(post), path = "/gitlab/api/graphql", operation_id = "GraphqlThroughGateway",
    security(("apiKey" = []), ("privateToken" = [])),
    responses((status = "default", description = "What GitLab answers.", content_type = "*/*", body = Value)),
)]
async fn graphql(State(app): State<Arc<App>>, key: Scoped<Gateway>, request: Request) -> Result<Response> {
    app.proxy.graphql(&key, &entrance(&app, &request), request).await
}

/// On the gateway's own listener, which has no configured name, links lead to where the client has just come to.
fn entrance(app: &App, request: &Request) -> Entrance {
    let root = match request.extensions().get::<AtRoot>() {
        Some(AtRoot) => own_root(app, request.headers()),
        None => app.address_of("/gitlab/api/v4"),
    };
    Entrance {
        root,
        knows_us: false,
    }
}

/// The host that the client has asked.
pub(crate) fn host(headers: &HeaderMap) -> Option<Authority> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    host.parse::<Authority>()
        .ok()
        .filter(|host| !host.as_str().contains('@'))
}

fn own_root(app: &App, headers: &HeaderMap) -> String {
    match host(headers) {
        // Whoever puts TLS in front of one listener does so for both.
        Some(host) => format!("{}://{host}/api/v4", app.public_url.scheme()),
        None => app.address_of("/gitlab/api/v4"),
    }
}
