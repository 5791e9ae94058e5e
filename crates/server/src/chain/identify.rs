use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use gitlab_client::redact;
use http::{HeaderName, HeaderValue, Method, Uri};
use tracing::{Instrument, Span};
use uuid::Builder;

use super::{RequestContext, Untouched};
use crate::address::client_address;
use crate::app::App;
use crate::error::{ApiError, render};
use crate::listen::Peer;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request with a name, which is traced under it. Writes out and logs whatever error comes back.
pub(super) struct Named {
    pub(super) context: Arc<RequestContext>,
    method: Method,
    uri: Uri,
    route: Option<Route>,
    span: Span,
    began: Duration,
}

/// The pattern that a request's address matches.
pub(super) enum Route {
    Fixed(&'static str),
    Matched(MatchedPath),
}

impl Route {
    /// Of a request that comes from the router.
    pub(super) fn of(request: &Request) -> Option<Self> {
        request.extensions().get().cloned().map(Self::Matched)
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Fixed(pattern) => pattern,
            Self::Matched(path) => path.as_str(),
        }
    }
}

impl Named {
    pub(super) fn new(app: &App, route: Option<Route>, request: &mut Request) -> Self {
        let peer = request
            .extensions()
            .get()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Peer(address)| *address);
        let address = client_address(peer, request.headers(), &app.settings.trusted_proxies);
        let id = Builder::from_random_bytes(rand::random()).into_uuid();
        let context = Arc::new(RequestContext::new(id, address));
        request.extensions_mut().insert(Arc::clone(&context));
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let span = tracing::info_span!(
            "request",
            id = context.id(),
            %method,
            // Somebody may take the path for the place of a key.
            path = &*redact::text(uri.path()),
            route = route.as_ref().map(Route::as_str),
            status = tracing::field::Empty,
        );
        Self {
            context,
            method,
            uri,
            route,
            span,
            began: app.clock.monotonic(),
        }
    }

    /// Waits for the answer within the request's span.
    pub(super) async fn traced(&self, answering: impl Future<Output = Response>) -> Response {
        if self.span.is_disabled() {
            answering.await
        } else {
            answering.instrument(self.span.clone()).await
        }
    }

    pub(super) fn answered(self, app: &App, mut response: Response) -> Response {
        let Self {
            context,
            method,
            uri,
            route,
            span,
            began,
        } = self;
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
                (&method, &redact::text(uri.path())),
                &context,
                production,
                &*app.clock,
            );
        }
        let route = route.as_ref().map(Route::as_str);
        app.metrics.answered(&method, route, response.status(), took);
        span.record("status", response.status().as_u16());
        if let Ok(id) = HeaderValue::from_str(context.id()) {
            response.headers_mut().insert(X_REQUEST_ID, id);
        }
        response
    }
}
