mod login;
mod logout;
mod oauth;
mod opened;
mod session;
mod sessions;

use utoipa_axum::routes;

use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(login::login))
        .with(routes!(logout::logout))
        .with(routes!(session::session))
        .with(routes!(session::status))
        .merge(sessions::routes())
        .with(routes!(oauth::start::start))
        .with(routes!(oauth::callback::callback))
}
