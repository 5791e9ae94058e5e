use std::convert::Infallible;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures::future::ok;
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;
use tower::{Layer, ServiceExt, service_fn};
use tower_http::compression::CompressionLayer;

use super::Untouched;

/// What the client would take.
pub(super) fn accepted(request: &Request) -> HeaderMap {
    let values = request.headers().get_all(ACCEPT_ENCODING).iter();
    values.map(|value| (ACCEPT_ENCODING, value.clone())).collect()
}

/// Compresses our own answers as asked; GitLab's come through as GitLab sent them.
pub(super) async fn compress(layer: &CompressionLayer, accepted: HeaderMap, response: Response) -> Response {
    if response.extensions().get::<Untouched>().is_some() {
        return response;
    }
    let mut asked = http::Request::new(());
    *asked.headers_mut() = accepted;
    let mut response = Some(response);
    let answer = service_fn(move |_| ok::<_, Infallible>(response.take().unwrap_or_default()));
    let Ok(response) = layer.layer(answer).oneshot(asked).await;
    response.map(Body::new)
}
