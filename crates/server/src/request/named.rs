//! What the address of a request names. What cannot be its id is not found.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use domain::{JobId, KeyId};
use http::request::Parts;

use crate::error::ApiError;

/// The job that the address names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobPath(pub(crate) JobId);

/// The API key that the address names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyPath(pub(crate) KeyId);

/// The session that the address names, by what its owner calls it.
#[derive(Clone, Debug)]
pub(crate) struct SessionPath(pub(crate) String);

/// The user whom the address names, by their number at GitLab.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserPath(pub(crate) u64);

const NO_USER: &str = "there is no such user";

/// What `{id}` is.
async fn id<T: FromStr>(parts: &mut Parts, missing: &'static str) -> Result<T, ApiError> {
    let params = RawPathParams::from_request_parts(parts, &()).await;
    params
        .ok()
        .and_then(|params| {
            let (_, value) = params.iter().find(|(name, _)| *name == "id")?;
            value.parse().ok()
        })
        .ok_or_else(|| ApiError::not_found(missing))
}

impl<S: Send + Sync> FromRequestParts<S> for JobPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        id(parts, "there is no such job").await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for KeyPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        id(parts, "there is no such API key").await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SessionPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        id(parts, "there is no such session").await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for UserPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // GitLab's numbers are signed; larger ones are nobody's.
        let number: i64 = id(parts, NO_USER).await?;
        u64::try_from(number)
            .map(Self)
            .map_err(|_| ApiError::not_found(NO_USER))
    }
}
