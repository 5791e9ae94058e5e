use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};

use super::Untouched;
use crate::app::App;

/// No inline script, nothing from elsewhere but pictures (avatars are where GitLab keeps them).
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; \
     connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What comes from GitLab may be somebody's page (a job's artifact, a file): under our name it does nothing.
const OF_GITLAB: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'none'; frame-ancestors 'none'; form-action 'none'; sandbox",
);

const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Whether answers from this path are for nobody but who asked.
pub(super) fn is_personal(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/gitlab/")
}

/// Tells browsers what they may do with our answers. GitLab's own word on it does not count here.
pub(super) fn add(app: &App, is_personal: bool, response: &mut Response) {
    let of_gitlab = response.extensions().get::<Untouched>().is_some();
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    if of_gitlab {
        headers.insert(CONTENT_SECURITY_POLICY, OF_GITLAB);
    }
    if is_personal {
        // What GitLab says about its own answers stays.
        headers
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
    if app.settings.production {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, two_years);
    }
}
