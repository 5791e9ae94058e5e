use axum::body::Body;
use axum::response::Response;
use domain::Clock;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method};
use serde::Serialize;

use super::{ApiError, Cause, Inner, Retry};
use crate::auth::Door;
use crate::chain::RequestContext;
use crate::openapi::{Failure, FailureBody};

/// Writes the envelope of an error, and its one line in the log. `headers` are those its response had.
pub(crate) fn render(
    error: &ApiError,
    mut headers: HeaderMap,
    request: (&Method, &str),
    context: &RequestContext,
    production: bool,
    clock: &dyn Clock,
) -> Response {
    let inner = &*error.inner;
    log(inner, request, context);
    let door = Door::of_path(request.1);
    let body = envelope(inner, context, production, door);
    headers.remove(CONTENT_LENGTH);
    // What was packed is gone.
    headers.remove(CONTENT_ENCODING);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(retry) = inner.retry {
        let wait = match retry {
            Retry::In(wait) => wait,
            Retry::At(moment) => moment.since(clock.now()),
        };
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        headers.insert(
            RETRY_AFTER,
            HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)),
        );
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = inner.status;
    *response.headers_mut() = headers;
    response
}

/// The envelope, and GitLab's `message` where GitLab's own clients look for what is wrong.
#[derive(Serialize)]
struct ForGitlabsClients<'a> {
    message: String,
    #[serde(flatten)]
    failure: Failure<'a>,
}

fn envelope(inner: &Inner, context: &RequestContext, production: bool, door: Door) -> String {
    let is_ours = inner.code == "INTERNAL_ERROR";
    let causes = inner.cause.as_ref().map(chain).unwrap_or_default();
    let message = match causes.first() {
        _ if is_ours && production => "An unexpected error occurred",
        Some(first) if is_ours => first,
        _ => &inner.message,
    };
    let failure = Failure {
        error: FailureBody {
            code: inner.code,
            message: message.into(),
            details: inner.details.as_ref(),
            stack: (inner.status.is_server_error() && !production && !causes.is_empty())
                .then(|| causes.clone()),
            request_id: context.id(),
        },
    };
    let written = match door {
        Door::Api => serde_json::to_string(&failure),
        Door::Gateway => serde_json::to_string(&ForGitlabsClients {
            message: format!("{} {message}", inner.status.as_u16()),
            failure,
        }),
    };
    written.unwrap_or_else(|_| unreachable!("it is plain data"))
}

fn log(inner: &Inner, (method, path): (&Method, &str), context: &RequestContext) {
    let cause = inner.cause.as_ref().map(chain).unwrap_or_default().join(": ");
    let user = context
        .user()
        .map(|user| format!("{}@{}", user.user_id, user.instance));
    let (status, address) = (inner.status.as_u16(), context.address());
    if inner.status.is_server_error() {
        tracing::error!(
            request = context.id(), %method, path, %address, user, status, cause,
            "{}: {}", inner.code, inner.message
        );
    } else {
        tracing::info!(
            request = context.id(), %method, path, %address, user, status, cause,
            "{}: {}", inner.code, inner.message
        );
    }
}

/// The causes of an error, from the nearest to the root.
fn chain(cause: &Cause) -> Vec<String> {
    let nearest: &(dyn std::error::Error + 'static) = cause.as_ref();
    std::iter::successors(Some(nearest), |error| error.source())
        .map(|error| gitlab_client::redact::text(&error.to_string()).into_owned())
        .collect()
}
