//! What the signed-in user may do where.

mod overview;
mod tree;

use utoipa_axum::routes;

use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(overview::overview))
}
