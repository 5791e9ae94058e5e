use axum::extract::{FromRequestParts, RawPathParams};
use domain::JobId;
use http::request::Parts;

use crate::error::ApiError;

/// The job that the address names. What cannot be the id of a job is not found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobPath(pub(crate) JobId);

impl<S: Send + Sync> FromRequestParts<S> for JobPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::not_found("there is no such job"))?;
        params
            .iter()
            .find(|(name, _)| *name == "id")
            .and_then(|(_, value)| value.parse().ok())
            .map(Self)
            .ok_or_else(|| ApiError::not_found("there is no such job"))
    }
}
