use axum::body::Body as AnyBody;
use axum::extract::Request;
use http::Response;
use http_body::Body;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};

use super::Untouched;
use super::inside::through;

/// Compresses our own answers as asked; GitLab's come through as GitLab sent them.
pub(super) async fn compress<F: Future<Output = Response<AnyBody>>>(
    layer: &CompressionLayer<Ours>,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response<AnyBody> {
    through(layer, request, next).await.map(AnyBody::new)
}

/// What [`compress`] is done with.
pub(super) fn layer() -> CompressionLayer<Ours> {
    CompressionLayer::new().compress_when(Ours {
        worthwhile: DefaultPredicate::new(),
    })
}

#[derive(Clone)]
pub(super) struct Ours {
    worthwhile: DefaultPredicate,
}

impl Predicate for Ours {
    fn should_compress<B: Body>(&self, response: &Response<B>) -> bool {
        response.extensions().get::<Untouched>().is_none() && self.worthwhile.should_compress(response)
    }
}
