use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::{Ref, RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

/// What every refusal looks like.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Failure<'a> {
    pub(crate) error: FailureBody<'a>,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FailureBody<'a> {
    /// A fixed word for programs: `VALIDATION_ERROR`, `NOT_FOUND` …
    pub(crate) code: &'static str,
    /// One sentence for a person.
    pub(crate) message: Cow<'a, str>,
    /// For `VALIDATION_ERROR` the list of all problems; for `GITLAB_API_ERROR` what GitLab said; otherwise an object
    /// that says more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<&'a Value>,
    /// Our own defects only, and not in production: the chain of causes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stack: Option<Vec<String>>,
    /// The request's name in the log.
    pub(crate) request_id: &'a str,
}

/// What can come back of a route that asks GitLab something while the caller waits.
pub(crate) struct AsksGitlab;

impl IntoResponses for AsksGitlab {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        [
            ("401", "Unauthorized"),
            ("403", "Forbidden"),
            ("404", "NotFound"),
            ("429", "TooManyRequests"),
            ("4XX", "RefusedByGitlab"),
            ("502", "GitlabUnreachable"),
            ("504", "GitlabTimeout"),
        ]
        .into_iter()
        .map(|(status, name)| (status.to_owned(), RefOr::Ref(Ref::from_response_name(name))))
        .collect()
    }
}
