use std::sync::Arc;
use std::time::Duration;

use super::word::{Word, session_id};
use crate::app::App;

/// Does what follows from what another node has told.
pub(super) async fn hear(app: &Arc<App>, word: Word) {
    match word {
        Word::Ended { ids } => {
            for id in ids.iter().filter_map(|id| session_id(id)) {
                app.sessions.forget(id).await;
                app.keys.forget(id).await;
                app.live.close_session(id).await;
            }
        }
        Word::Stale {
            instance,
            stale,
            done,
        } => app.changes.drop_stale_here(&instance, &stale, done),
        Word::Event {
            rooms,
            except,
            event,
            payload,
            state,
        } => app.live.hear(rooms, except, &event, &payload, state).await,
        Word::Shut { user, millis } => app.client.shut_elsewhere(&user, Duration::from_millis(millis)),
        Word::Quota { user, left } => app.client.heed_quota(&user, &left),
        Word::Moved(moved) => app.live.move_here(&moved),
        Word::Held(told) => app.keys.hear(&told).await,
        Word::Missed => forget(app),
    }
}

/// Believes nothing any more that is only remembered: sessions, keys, answers of GitLab, who sits at a socket.
pub(super) fn forget(app: &Arc<App>) {
    app.sessions.forget_all();
    app.keys.forget_all();
    app.changes.forget_all();
    let app = Arc::clone(app);
    // Many sockets take a while, and nothing waits for them.
    tokio::spawn(async move { app.live.close_ended(&app.sessions, &app.keys).await });
}
