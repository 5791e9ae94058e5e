mod document;
mod reference;
mod style;

use utoipa_axum::routes;

use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(document::document))
        .with(routes!(reference::reference))
        .with(routes!(style::style))
}
