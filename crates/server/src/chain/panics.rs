use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// A panicking handler costs its own request and nothing else.
#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
pub(super) fn answer(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    ApiError::internal(format!("the handler panicked: {text}")).into_response()
}
