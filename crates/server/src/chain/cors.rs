use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use futures::future::ok;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    AUTHORIZATION, CONTENT_TYPE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::Origins;

/// What a page may read of an answer besides what every page may.
const READABLE: HeaderValue = HeaderValue::from_static(
    "x-request-id,x-total,x-total-pages,x-page,x-per-page,x-next-page,x-prev-page,x-cache,ratelimit-limit,\
     ratelimit-remaining,ratelimit-reset,ratelimit-observed,ratelimit-name,link,etag,retry-after",
);
/// Answers to other origins are others, whether or not this one came from any.
const BY_ORIGIN: HeaderValue =
    HeaderValue::from_static("origin, access-control-request-method, access-control-request-headers");

/// Lets the listed origins read our answers, with credentials.
#[derive(Clone)]
pub(super) struct Cors {
    before: CorsLayer,
    listed: Vec<HeaderValue>,
}

impl Cors {
    pub(super) fn new(origins: &Origins) -> Self {
        let before = CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins.listed().cloned()))
            .allow_credentials(true)
            .allow_methods([
                Method::GET,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
                Method::OPTIONS,
            ])
            .allow_headers([
                CONTENT_TYPE,
                AUTHORIZATION,
                HeaderName::from_static("idempotency-key"),
            ])
            .max_age(Duration::from_mins(10));
        Self {
            before,
            listed: origins.listed().cloned().collect(),
        }
    }

    /// The origin that a request comes from, if it is a listed one.
    pub(super) fn listed(&self, request: &Request) -> Option<HeaderValue> {
        let origin = request.headers().get(ORIGIN)?;
        self.listed.contains(origin).then(|| origin.clone())
    }

    /// The answer to a browser that asks what it may send: nobody else is asked then.
    pub(super) async fn before(&self, request: Request) -> Response {
        let nobody = service_fn(|_: Request| ok::<_, Infallible>(Response::default()));
        let Ok(response) = self.before.layer(nobody).oneshot(request).await;
        response
    }

    /// Tells a browser that pages of this origin may read the answer.
    pub(super) fn add(&self, listed: Option<HeaderValue>, headers: &mut HeaderMap) {
        headers.append(VARY, BY_ORIGIN);
        if let Some(origin) = listed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, READABLE);
        }
    }
}
