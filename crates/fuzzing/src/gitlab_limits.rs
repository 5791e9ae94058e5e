use std::time::Duration;

use gitlab_client::fuzzing::limits_told;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::choose;

const NAMES: [&str; 8] = [
    "ratelimit-limit",
    "ratelimit-name",
    "ratelimit-observed",
    "ratelimit-remaining",
    "ratelimit-reset",
    "ratelimit-resettime",
    "retry-after",
    "content-type",
];

/// What GitLab says about its limits: a value a line, in the order of [`NAMES`]; an empty one is not sent.
pub(crate) fn run(data: &[u8]) {
    let Some((choice, bytes)) = choose(data) else {
        return;
    };
    let mut headers = HeaderMap::new();
    for (name, value) in NAMES.iter().zip(bytes.split(|byte| *byte == b'\n')) {
        if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_bytes(value)) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    let status = if choice % 2 == 0 {
        StatusCode::TOO_MANY_REQUESTS
    } else {
        StatusCode::OK
    };
    let told = limits_told(status, &headers, 1_787_137_500_000);
    assert_eq!(told.wait.is_some(), status == StatusCode::TOO_MANY_REQUESTS);
    let day = Duration::from_hours(24);
    if let Some(wait) = told.wait {
        assert!(wait >= Duration::from_secs(1) && wait <= day, "waits {wait:?}");
    }
    if let Some((whole, period)) = told.window {
        assert!(whole >= 1);
        assert!(
            period >= Duration::from_secs(1) && period <= day,
            "a window of {period:?}"
        );
    }
}
