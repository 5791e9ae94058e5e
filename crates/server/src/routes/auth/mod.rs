mod everywhere;
mod login;
mod logout;
mod oauth;
mod opened;
mod session;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get};
use utoipa_axum::routes;

use crate::app::App;
use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(login::login))
        .with(routes!(logout::logout))
        .with(routes!(session::session))
        .with(routes!(session::status))
}

/// What a browser is sent to, and signing out everywhere.
pub(super) fn of_browsers() -> Router<Arc<App>> {
    Router::new()
        .route("/api/auth/oauth/start", get(oauth::start))
        .route("/api/auth/oauth/callback", get(oauth::callback))
        .route("/api/auth/sessions", delete(everywhere::everywhere))
}
