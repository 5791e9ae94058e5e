use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::Session;
use crate::error::ApiError;

/// The route is for people who have signed in: without a session, 401 before anything else is looked at, and
/// 403 for an API key, whatever its scopes. Routes that keys may use say [`Scoped`](super::Scoped) instead.
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
        let session = parts
            .extensions
            .get::<Arc<Session>>()
            .ok_or_else(ApiError::unauthorized)?;
        if session.key.is_some() {
            return Err(ApiError::forbidden("an API key cannot do this; sign in instead"));
        }
        Ok(Self(Arc::clone(session)))
    }
}
