use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::ORIGIN;
use http::{HeaderMap, HeaderValue};
use url::Url;

use crate::app::App;
use crate::error::ApiError;

/// The origins whose pages may change something here, and read our answers.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    own: Vec<HeaderValue>,
    listed: Vec<HeaderValue>,
}

impl Origins {
    /// Our own origin and the listed ones. In development also this machine's other names on our port.
    pub(crate) fn new(public: &Url, listed: &[String], production: bool) -> Self {
        let value = |text: &str| {
            let origin =
                Url::parse(text).map_or_else(|_| text.to_owned(), |url| url.origin().ascii_serialization());
            HeaderValue::try_from(origin).ok()
        };
        let mut own: Vec<HeaderValue> = value(public.as_str()).into_iter().collect();
        if let (false, Some(port)) = (production, public.port_or_known_default()) {
            let names = ["localhost", "127.0.0.1", "[::1]"];
            own.extend(
                names
                    .iter()
                    .filter_map(|name| value(&format!("http://{name}:{port}"))),
            );
        }
        Self {
            own,
            listed: listed.iter().filter_map(|text| value(text)).collect(),
        }
    }

    /// The further origins, for CORS.
    pub(super) fn listed(&self) -> impl Iterator<Item = &HeaderValue> {
        self.listed.iter()
    }

    /// Whether a request with these headers may change something: it comes from an allowed origin, or
    /// from no browser at all.
    pub(crate) fn allow(&self, headers: &HeaderMap) -> bool {
        if let Some(origin) = headers.get(ORIGIN) {
            return self.own.contains(origin) || self.listed.contains(origin);
        }
        headers
            .get("sec-fetch-site")
            .is_none_or(|site| site == "same-origin" || site == "none")
    }
}

/// Refuses what another site's page makes a browser send.
pub(super) async fn check<F: Future<Output = Response>>(
    app: &App,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    if request.method().is_safe() || app.origins.allow(request.headers()) {
        next(request).await
    } else {
        ApiError::forbidden("the request comes from a page of another site").into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(production: bool, header: &'static str, value: &str) -> bool {
        let public = Url::parse("http://127.0.0.1:4000").unwrap();
        let origins = Origins::new(&public, &["https://Console.example.com/".to_owned()], production);
        let mut headers = HeaderMap::new();
        headers.insert(header, value.parse().unwrap());
        origins.allow(&headers)
    }

    #[test]
    fn our_own_pages_and_the_listed_ones_may_change_things() {
        assert!(allows(true, "origin", "http://127.0.0.1:4000"));
        assert!(allows(true, "origin", "https://console.example.com"));
        assert!(allows(false, "origin", "http://localhost:4000"));
        assert!(allows(true, "sec-fetch-site", "same-origin"));
        assert!(allows(true, "user-agent", "curl"));
    }

    #[test]
    fn other_pages_may_not() {
        for (header, value) in [
            ("origin", "https://evil.example.com"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:4001"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(!allows(false, header, value), "{header}: {value}");
        }
        assert!(!allows(true, "origin", "http://localhost:4000"));
    }
}
