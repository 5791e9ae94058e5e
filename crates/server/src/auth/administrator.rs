use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::{Session, Signed};
use crate::error::ApiError;

/// The route is for administrators of the instance who have signed in: 401 and 403 as for [`Signed`], and 403 for
/// everybody whom GitLab does not call an administrator, as it said within the last minutes.
#[derive(Clone, Debug)]
pub(crate) struct Administrator(Arc<Session>);

impl Deref for Administrator {
    type Target = Arc<Session>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Signed(session) = Signed::from_request_parts(parts, state).await?;
        if !session.actor.administrator {
            return Err(ApiError::forbidden(
                "only an administrator of the instance may do this",
            ));
        }
        Ok(Self(session))
    }
}
