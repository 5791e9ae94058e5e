//! One's own sessions.

mod end;
mod end_all;
mod list;

use utoipa_axum::routes;

use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(list::list, end_all::end_all))
        .with(routes!(end::end))
}
