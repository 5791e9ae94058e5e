mod login;
mod logout;
mod session;

use utoipa_axum::routes;

use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(login::login))
        .with(routes!(logout::logout))
        .with(routes!(session::session))
        .with(routes!(session::status))
}
