use std::sync::Arc;

use axum::extract::Request;
use http::header::{CONNECTION, COOKIE, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method};
use hyper::upgrade::OnUpgrade;

use super::PATH;
use crate::chain::RequestContext;

/// What is read of the head of a request that opens a socket.
const READ: [HeaderName; 7] = [
    CONNECTION,
    UPGRADE,
    SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION,
    ORIGIN,
    HeaderName::from_static("sec-fetch-site"),
    COOKIE,
];

/// Leaves of a request that opens a socket what is read of it, in copies of their own.
///
/// Its head is kept for as long as the socket is open, and each part of it would keep the whole buffer that it was read
/// into, which is more than all else of a socket that is idle.
pub(crate) fn lean(mut request: Request) -> Request {
    if request.method() != Method::GET || !request.uri().path().starts_with(PATH) {
        return request;
    }
    let mut kept = HeaderMap::with_capacity(READ.len());
    for name in READ {
        for value in request.headers().get_all(&name) {
            if let Ok(mut copy) = HeaderValue::from_bytes(value.as_bytes()) {
                copy.set_sensitive(value.is_sensitive());
                kept.append(name.clone(), copy);
            }
        }
    }
    *request.headers_mut() = kept;
    if let Ok(copy) = request.uri().to_string().parse() {
        *request.uri_mut() = copy;
    }
    let mut before = std::mem::take(request.extensions_mut());
    let mut kept = Extensions::new();
    if let Some(upgrade) = before.remove::<OnUpgrade>() {
        kept.insert(upgrade);
    }
    if let Some(context) = before.remove::<Arc<RequestContext>>() {
        kept.insert(context);
    }
    *request.extensions_mut() = kept;
    request
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn leaned(method: &str, path: &str) -> Request {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("origin", "https://bulk.test")
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .header("user-agent", "x");
        lean(request.body(Body::empty()).unwrap())
    }

    #[test]
    fn of_a_request_that_opens_a_socket_only_what_is_read_stays() {
        let request = leaned("GET", "/socket.io/?EIO=4&transport=websocket");
        assert_eq!(request.uri(), "/socket.io/?EIO=4&transport=websocket");
        assert_eq!(request.headers()["origin"], "https://bulk.test");
        let cookies: Vec<_> = request.headers().get_all("cookie").iter().collect();
        assert_eq!(cookies, ["a=1", "b=2"]);
        assert!(!request.headers().contains_key("user-agent"));
    }

    #[test]
    fn other_requests_stay_as_they_are() {
        for (method, path) in [("GET", "/api/jobs"), ("POST", "/socket.io/?EIO=4&sid=x")] {
            assert!(
                leaned(method, path).headers().contains_key("user-agent"),
                "{path}"
            );
        }
    }
}
