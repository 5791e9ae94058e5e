use axum::extract::{FromRequestParts, RawPathParams};
use domain::KeyId;
use http::request::Parts;

use crate::error::ApiError;

/// The API key that the address names. What cannot be the id of a key is not found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyPath(pub(crate) KeyId);

impl<S: Send + Sync> FromRequestParts<S> for KeyPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let missing = || ApiError::not_found("there is no such API key");
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| missing())?;
        params
            .iter()
            .find(|(name, _)| *name == "id")
            .and_then(|(_, value)| value.parse().ok())
            .map(Self)
            .ok_or_else(missing)
    }
}
