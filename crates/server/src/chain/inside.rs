use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use futures::FutureExt;
use futures::future::Map;
use tower::{Layer, Service, ServiceExt};

/// What lies further inside, for one request, as the service that somebody else's layer wraps.
pub(super) struct Inside<N>(Option<N>);

/// Sends a request through such a layer.
pub(super) async fn through<L, N, F, B>(layer: &L, request: Request, next: N) -> Response<B>
where
    L: Layer<Inside<N>>,
    L::Service: Service<Request, Response = Response<B>, Error = Infallible>,
    N: FnOnce(Request) -> F,
    F: Future<Output = Response>,
{
    let Ok(response) = layer.layer(Inside(Some(next))).oneshot(request).await;
    response
}

impl<N, F> Service<Request> for Inside<N>
where
    N: FnOnce(Request) -> F,
    F: Future<Output = Response>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Map<F, fn(Response) -> Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Some(next) = self.0.take() else {
            unreachable!("a layer hands a request on once")
        };
        next(request).map(Ok)
    }
}
