//! What other servers tell by themselves.

mod gitlab;

use utoipa_axum::routes;

use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(gitlab::gitlab))
}
