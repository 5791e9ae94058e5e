use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, LINK, RETRY_AFTER};
use http::{HeaderName, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::Origins;

const READABLE: [&str; 13] = [
    "x-request-id",
    "x-total",
    "x-total-pages",
    "x-page",
    "x-per-page",
    "x-next-page",
    "x-prev-page",
    "x-cache",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "ratelimit-observed",
    "ratelimit-name",
];

/// Lets the listed origins read our answers, with credentials.
pub(super) fn layer(origins: &Origins) -> CorsLayer {
    let readable = READABLE
        .map(HeaderName::from_static)
        .into_iter()
        .chain([LINK, ETAG, RETRY_AFTER]);
    CorsLayer::new()
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
        .expose_headers(readable.collect::<Vec<_>>())
        .max_age(Duration::from_mins(10))
}
