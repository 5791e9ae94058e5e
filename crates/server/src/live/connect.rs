use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use socketioxide::SocketIo;
use socketioxide::extract::{SocketRef, State, TryData};
use socketioxide::handler::ConnectHandler;

use super::{Shared, rooms, subscribe};
use crate::auth::{Session, session_cookie};

/// What a client without a cookie jar signs in with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Auth {
    /// The session cookie's value.
    session_id: Option<String>,
}

/// The only thing a refused client is told.
#[derive(Debug)]
struct Unauthorized;

impl fmt::Display for Unauthorized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unauthorized")
    }
}

pub(super) fn accept(io: &SocketIo) {
    io.ns("/", (async || ()).with(welcome));
}

/// Lets in whoever has a session and does not come from a foreign page.
///
/// Everything is ready before the client hears that it is connected: what it asks in the next moment
/// finds somebody listening. (A connect handler runs after that word, and may lose the race.)
async fn welcome(
    socket: SocketRef,
    TryData(auth): TryData<Auth>,
    State(shared): State<Shared>,
) -> Result<(), Unauthorized> {
    let headers = &socket.req_parts().headers;
    if !shared.origins.allow(headers) {
        return Err(Unauthorized);
    }
    let given = auth.ok().and_then(|auth| auth.session_id);
    let cookie = given
        .as_deref()
        .or_else(|| session_cookie(headers, shared.production))
        .ok_or(Unauthorized)?;
    let session = shared
        .sessions
        .find(cookie)
        .await
        .ok()
        .flatten()
        .ok_or(Unauthorized)?;
    socket.join([rooms::user(&session.actor.user), session.id.room()]);
    socket.extensions.insert::<Arc<Session>>(session);
    subscribe::listen(&socket);
    Ok(())
}
