use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures::future::{self, Either};
use http::header::CONTENT_LENGTH;

use super::framing;
use crate::app::App;
use crate::error::{ApiError, Result};
use crate::routes::Kind;

/// The longest a handler may take to begin its answer. What waits for GitLab has shorter limits of its own.
const LONGEST: Duration = Duration::from_mins(2);
/// The same where files have to arrive first, over whatever line people have.
const LONGEST_UPLOAD: Duration = Duration::from_mins(15);

/// An answer that begins in time. Proxied ones stream and have no limit of ours.
pub(super) async fn in_time(
    app: &App,
    kind: Kind,
    answering: impl Future<Output = Response> + Unpin,
) -> Response {
    let longest = match kind {
        Kind::Stream => return answering.await,
        Kind::Upload => LONGEST_UPLOAD,
        Kind::Plain => LONGEST,
    };
    match future::select(answering, app.clock.sleep(longest)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => ApiError::unavailable("the request took too long").into_response(),
    }
}

/// Refuses what is too large before it is read, what is ambiguous, and everything while the server stops.
///
/// A body without a `Content-Length` is counted while it is read (`request::body`). Proxied bodies stream
/// and have no limit of ours.
pub(super) fn check(app: &App, request: &Request) -> Result<Kind> {
    let uri = request.uri();
    if uri.scheme().is_some() || uri.authority().is_some() {
        // A server that is no forward proxy has no use for these, and somebody on the way may read them otherwise.
        return Err(ApiError::invalid_field(
            "path",
            "the address has to be a path, not a URL",
        ));
    }
    framing::check(request).map_err(|ambiguous| ApiError::invalid_field("request", ambiguous.explained()))?;
    if app.stopping.is_cancelled() && !uri.path().starts_with("/health") {
        return Err(ApiError::unavailable("the server is stopping"));
    }
    let kind = Kind::of(uri.path());
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let most = match kind {
        Kind::Stream => return Ok(kind),
        Kind::Upload => app.settings.max_file_size,
        Kind::Plain => app.settings.max_request_size,
    };
    match announced {
        Some(length) if length > most => Err(ApiError::payload_too_large(most)),
        _ => Ok(kind),
    }
}
