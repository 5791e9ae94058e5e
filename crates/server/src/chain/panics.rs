use std::any::Any;
use std::panic::AssertUnwindSafe;

use axum::response::{IntoResponse, Response};
use futures::FutureExt;

use crate::error::ApiError;

/// A panicking handler costs its own request and nothing else.
pub(super) async fn guard(answering: impl Future<Output = Response>) -> Response {
    // Nothing of the request is looked at again.
    let answered = AssertUnwindSafe(answering).catch_unwind().await;
    answered.unwrap_or_else(|panic| answer(&*panic))
}

fn answer(panic: &(dyn Any + Send)) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    ApiError::internal(format!("the handler panicked: {text}")).into_response()
}
