use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::Session;
use crate::error::ApiError;

/// The route is for signed-in users: without a session, 401 before anything else is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Signed(pub(crate) Arc<Session>);

impl Deref for Signed {
    type Target = Arc<Session>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Arc<Session>>()
            .cloned()
            .map(Self)
            .ok_or_else(ApiError::unauthorized)
    }
}
