mod live;
mod overall;
mod ready;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::app::App;
use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(overall::overall))
        .with(routes!(live::live))
        .with(routes!(ready::ready))
}

/// One word.
#[derive(Serialize, ToSchema)]
struct State {
    /// `live` or `ready`.
    status: &'static str,
}

/// Whether the database answers.
async fn database_answers(app: &App) -> bool {
    app.engine
        .storage()
        .session(&[0; 32], app.clock.now())
        .await
        .is_ok()
}
