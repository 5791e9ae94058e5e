use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use tracing::Instrument;
use uuid::Builder;

use super::{RequestContext, Untouched};
use crate::address::client_address;
use crate::app::App;
use crate::error::{ApiError, render};
use crate::listen::Peer;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request, traces it, and writes out and logs whatever error comes back.
pub(super) async fn identify<F: Future<Output = Response>>(
    app: &App,
    mut request: Request,
    next: impl FnOnce(Request, Arc<RequestContext>) -> F,
) -> Response {
    let peer = request
        .extensions()
        .get()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Peer(address)| *address);
    let address = client_address(peer, request.headers(), &app.settings.trusted_proxies);
    let id = Builder::from_random_bytes(rand::random()).into_uuid();
    let context = Arc::new(RequestContext::new(id, address));
    request.extensions_mut().insert(Arc::clone(&context));

    let route = request.extensions().get::<MatchedPath>().cloned();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let span = tracing::info_span!(
        "request",
        id = context.id(),
        %method,
        path = uri.path(),
        route = route.as_ref().map(MatchedPath::as_str),
        status = tracing::field::Empty,
    );
    let began = app.clock.monotonic();
    let mut response = next(request, Arc::clone(&context)).instrument(span.clone()).await;
    let took = app.clock.monotonic().saturating_sub(began);
    tracing::debug!(parent: &span, status = response.status().as_u16(), ?took, "Answered");

    let raised = response.extensions_mut().remove::<ApiError>().or_else(|| {
        let status = response.status();
        let foreign = response.extensions().get::<Untouched>().is_none();
        (foreign && (status.is_client_error() || status.is_server_error()))
            .then(|| ApiError::of_status(status))
    });
    if let Some(error) = raised {
        let headers = std::mem::take(response.headers_mut());
        let production = app.settings.production;
        response = render(
            &error,
            headers,
            (&method, uri.path()),
            &context,
            production,
            &*app.clock,
        );
    }
    let route = route.as_ref().map(MatchedPath::as_str);
    app.metrics.answered(&method, route, response.status(), took);
    span.record("status", response.status().as_u16());
    if let Ok(id) = HeaderValue::from_str(context.id()) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    response
}
