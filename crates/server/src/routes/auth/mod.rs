mod everywhere;
mod login;
mod logout;
mod oauth;
mod opened;
mod session;

use utoipa_axum::routes;

use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(login::login))
        .with(routes!(logout::logout))
        .with(routes!(session::session))
        .with(routes!(session::status))
        .with(routes!(everywhere::everywhere))
        .with(routes!(oauth::start::start))
        .with(routes!(oauth::callback::callback))
}
