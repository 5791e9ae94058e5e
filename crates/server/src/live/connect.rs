use std::fmt;
use std::sync::Arc;

use domain::KeyScope;
use serde::Deserialize;
use socketioxide::SocketIo;
use socketioxide::extract::{SocketRef, State, TryData};
use socketioxide::handler::ConnectHandler;

use super::{Shared, rooms, subscribe};
use crate::auth::{KeySecret, Session, session_cookie};
use crate::chain::RequestContext;

/// What a client without a cookie jar signs in with.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Auth {
    /// The session cookie's value.
    session_id: Option<String>,
    /// An API key with the scope `read`.
    api_key: Option<String>,
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
    let auth = auth.unwrap_or_default();
    let session = match auth.api_key.as_deref() {
        Some(key) => with_key(&socket, &shared, key).await?,
        None => {
            let given = auth.session_id.as_deref();
            let cookie = given
                .or_else(|| session_cookie(headers, shared.production))
                .ok_or(Unauthorized)?;
            shared.sessions.find(cookie).await.ok().flatten()
        }
    };
    let session = session.ok_or(Unauthorized)?;
    socket.join([rooms::user(&session.actor.user), session.id.room()]);
    socket.extensions.insert::<Arc<Session>>(session);
    subscribe::listen(&socket);
    Ok(())
}

async fn with_key(
    socket: &SocketRef,
    shared: &Shared,
    key: &str,
) -> Result<Option<Arc<Session>>, Unauthorized> {
    let context = socket.req_parts().extensions.get::<Arc<RequestContext>>();
    let from = context.ok_or(Unauthorized)?.address();
    let found = shared.keys.find(KeySecret::of(key), from).await;
    let session = found.map_err(|_| Unauthorized)?;
    Ok(session.filter(|session| {
        let grant = session.key.as_ref();
        grant.is_some_and(|grant| grant.scopes.allow(KeyScope::Read))
    }))
}
