use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::{KeyScope, Timestamp};
use serde::Deserialize;
use socketioxide::SocketIo;
use socketioxide::extract::{SocketRef, State, TryData};
use socketioxide::handler::ConnectHandler;

use super::alert::{self, Alert};
use super::warnings::Warnings;
use super::{Shared, rooms, session_of, subscribe};
use crate::address::counted_as;
use crate::auth::{KeySecret, Session, session_cookie};
use crate::chain::RequestContext;

/// Who signs in for long hears so long before the session ends.
const SOON: Duration = Duration::from_mins(10);

/// What a client without a cookie jar signs in with.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Auth {
    /// The session cookie's value.
    session_id: Option<String>,
    /// An API key with the scope `read`.
    api_key: Option<String>,
}

/// What a refused client is told.
#[derive(Debug)]
enum Refused {
    /// Strangers, foreign pages, wrong keys: nothing more.
    Unauthorized,
    /// The user has as many connections as one may have.
    TooMany(usize),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => f.write_str("Unauthorized"),
            Self::TooMany(most) => write!(
                f,
                "Too many connections: you have {most}, and nobody may have more; close one that is not needed"
            ),
        }
    }
}

pub(super) fn accept(io: &SocketIo) {
    io.ns("/", greet.with(welcome));
}

/// Says what somebody who has just been let in should know.
async fn greet(socket: SocketRef, State(shared): State<Shared>) {
    let Some(session) = session_of(&socket) else {
        return;
    };
    let now = shared.clock.now();
    let ends = session.expires_at.filter(|end| is_soon(*end, now));
    let token = Warnings::of_token(shared.sessions.token_ends(&session).await, now);
    if token.is_some() {
        shared.warnings.first_of_token(session.id).await;
    }
    let limit = shared.warnings.limit_of(&session.actor.user, now).await;
    for alert in ends
        .map(Alert::session_ends)
        .into_iter()
        .chain(token)
        .chain(limit)
    {
        // Whoever is gone already needs to know nothing.
        let _ = socket.emit(alert::EVENT, &alert);
    }
}

/// Lets in whoever has a session and does not come from a foreign page.
///
/// Everything is ready before the client hears that it is connected: what it asks in the next moment
/// finds somebody listening. (A connect handler runs after that word, and may lose the race.)
async fn welcome(
    socket: SocketRef,
    TryData(auth): TryData<Auth>,
    State(shared): State<Shared>,
) -> Result<(), Refused> {
    let headers = &socket.req_parts().headers;
    if !shared.origins.allow(headers) {
        return Err(Refused::Unauthorized);
    }
    let auth = auth.unwrap_or_default();
    let session = match (auth.api_key.as_deref(), auth.session_id.as_deref()) {
        (Some(key), _) => with_key(&socket, &shared, key).await?,
        (None, Some(id)) => with_session_id(&socket, &shared, id).await?,
        (None, None) => {
            // Where it is none, the request that brought it was counted.
            let cookie = session_cookie(headers, shared.production).ok_or(Refused::Unauthorized)?;
            shared.sessions.find(cookie).await.ok().flatten()
        }
    };
    let session = session.ok_or(Refused::Unauthorized)?;
    let own = rooms::user(&session.actor.user);
    let most = shared.sockets_per_user;
    let seat = shared
        .seats
        .take(&session.actor.user, most)
        .ok_or(Refused::TooMany(most))?;
    socket.extensions.insert(Arc::new(seat));
    socket.join([own, session.id.room()]);
    socket.extensions.insert::<Arc<Session>>(session);
    subscribe::listen(&socket);
    Ok(())
}

/// Requests that bring a wrong cookie are counted; this one comes within a connection.
async fn with_session_id(
    socket: &SocketRef,
    shared: &Shared,
    id: &str,
) -> Result<Option<Arc<Session>>, Refused> {
    let from = counted_as(address_of(socket)?);
    if shared.addresses.exhausted(&from).await.is_some() {
        return Ok(None);
    }
    let found = shared.sessions.find(id).await;
    let session = found.map_err(|_| Refused::Unauthorized)?;
    if session.is_none() {
        shared.addresses.take(from).await;
    }
    Ok(session)
}

async fn with_key(socket: &SocketRef, shared: &Shared, key: &str) -> Result<Option<Arc<Session>>, Refused> {
    let found = shared.keys.find(KeySecret::of(key), address_of(socket)?).await;
    let session = found.map_err(|_| Refused::Unauthorized)?;
    Ok(session.filter(|session| {
        let grant = session.key.as_ref();
        grant.is_some_and(|grant| grant.scopes.allow(KeyScope::Read))
    }))
}

fn address_of(socket: &SocketRef) -> Result<IpAddr, Refused> {
    let context = socket.req_parts().extensions.get::<Arc<RequestContext>>();
    Ok(context.ok_or(Refused::Unauthorized)?.address())
}

fn is_soon(end: Timestamp, now: Timestamp) -> bool {
    end <= now.plus(SOON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_session_is_told_within_its_last_ten_minutes() {
        let end = Timestamp::from_millis(3_600_000);
        assert!(!is_soon(end, Timestamp::from_millis(2_999_999)));
        assert!(is_soon(end, Timestamp::from_millis(3_000_000)));
    }
}
