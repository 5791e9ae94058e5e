use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use gitlab_client::passthrough::Forwarded;
use gitlab_client::{GitlabError, Refusal};
use http::header::{CONTENT_LENGTH, ETAG, LAST_MODIFIED, WWW_AUTHENTICATE};
use http::response;
use http_body_util::{BodyExt, Limited};

use crate::chain::Untouched;
use crate::error::{ApiError, Result};

/// GitLab's explanations are short; what is longer is some proxy's page.
const LONGEST: usize = 64 * 1024;

/// GitLab's refusal in our envelope: its status, what it says, and its body as `details`. Its headers stay, as far
/// as they are not about that body.
///
/// # Errors
/// GitLab falls silent or breaks off in the middle of it.
pub(super) async fn in_our_words(head: response::Parts, body: Forwarded) -> Result<Response> {
    let body = match Limited::new(body, LONGEST).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => match error.downcast::<GitlabError>() {
            Ok(error) => return Err((*error).into()),
            // Too long to be told.
            Err(_) => Bytes::new(),
        },
    };
    let refusal = Refusal::new(head.status, &head.headers, body);
    let mut response = ApiError::of_gitlab(&refusal).into_response();
    // It stays GitLab's no, and not ours, for who takes down refusals.
    response.extensions_mut().insert(Untouched);
    let about_the_body = |name: &http::HeaderName| {
        *name == CONTENT_LENGTH
            || name.as_str().starts_with("content-")
            || [ETAG, LAST_MODIFIED, WWW_AUTHENTICATE].contains(name)
    };
    for (name, value) in &head.headers {
        if !about_the_body(name) {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    Ok(response)
}
