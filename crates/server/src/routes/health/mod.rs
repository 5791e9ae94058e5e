mod live;
mod overall;
mod ready;

use std::time::Duration;

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

/// How long the database has to answer. Whoever probes waits for little longer, and has to hear that it does not.
const DATABASE_ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Whether the database answers.
async fn database_answers(app: &App) -> bool {
    tokio::select! {
        answer = app.engine.storage().session(&[0; 32], app.clock.now()) => answer.is_ok(),
        () = app.clock.sleep(DATABASE_ANSWERS_WITHIN) => false,
    }
}
