//! What a node does that is cut off from Redis alone: the others hear of it through the database.

use std::sync::Arc;

use storage::Announcement;

use super::Shared;
use crate::app::App;

/// Tells the other nodes through the database that they may remember what is no longer true, if this one has something
/// to tell that Redis does not take.
pub(super) async fn announce(app: &App, shared: &Shared) {
    if !shared.outbox.take_debt() {
        return;
    }
    if let Err(error) = app.engine.storage().announce_doubt().await {
        shared.outbox.owe();
        tracing::debug!(%error, "The other nodes cannot be told through the database either");
    }
}

/// Believes nothing any more that is only remembered whenever some node cannot tell what it does, for as long as it is
/// polled. Sockets of ended sessions are looked for by the clearing up that goes on anyway: words may come by the second.
pub(super) async fn heed(app: Arc<App>) {
    let Some(mut announced) = app.engine.storage().announced() else {
        return;
    };
    loop {
        match announced.next().await {
            Announcement::Doubt => app.changes.doubt_all(),
            Announcement::Missed => app.changes.forget_all(),
            Announcement::Job(_) => continue,
        }
        app.sessions.forget_all();
        app.keys.forget_all();
    }
}
