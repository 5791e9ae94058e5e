mod live;
mod overall;
mod ready;

pub(super) use live::live;
pub(super) use overall::overall;
pub(super) use ready::ready;

use crate::app::App;

/// Whether the database answers.
async fn database_answers(app: &App) -> bool {
    app.engine
        .storage()
        .session(&[0; 32], app.clock.now())
        .await
        .is_ok()
}
