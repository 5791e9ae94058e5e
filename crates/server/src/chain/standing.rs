use axum::response::Response;
use http::{HeaderName, HeaderValue};

use crate::windows::Standing;

/// Tells the client where it stands with its limit.
pub(super) fn tell(response: &mut Response, standing: Standing) {
    let seconds = standing.reset.as_millis().div_ceil(1000);
    for (name, value) in [
        ("ratelimit-limit", u64::from(standing.limit)),
        ("ratelimit-remaining", u64::from(standing.remaining)),
        ("ratelimit-reset", u64::try_from(seconds).unwrap_or(u64::MAX)),
    ] {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}
