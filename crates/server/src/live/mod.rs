//! Socket.IO: what happens to jobs, told to those who may know.

mod alert;
mod changes;
mod connect;
mod head;
mod order;
mod payload;
mod relay;
mod rights;
mod rooms;
mod seats;
mod subscribe;
mod throttle;
mod warnings;

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, JobId, Timestamp};
use engine::Engine;
use serde::Serialize;
use serde_json::Value;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::SocketRef;
use socketioxide::layer::SocketIoLayer;
use socketioxide::operators::BroadcastOperators;
use socketioxide::{SocketIo, TransportType};

use crate::auth::{KeyStore, Session, SessionId, SessionStore};
use crate::chain::Origins;
use crate::limits::Limit;
use crate::nodes::{Nodes, Word};
use crate::settings::ServerSettings;
use order::Order;
use rights::Rights;
use seats::Seats;
use warnings::Warnings;

pub(crate) use changes::Moved;
pub(crate) use head::lean;
pub(crate) use relay::relay;
#[cfg(feature = "fuzzing")]
pub(crate) use subscribe::wished;

use self::alert::Alert;

/// Where Socket.IO is.
const PATH: &str = "/socket.io";

/// The sockets of this process, and the way to those of other nodes.
#[derive(Clone)]
pub(crate) struct Live {
    io: SocketIo,
    layer: SocketIoLayer,
    nodes: Nodes,
    order: Order,
    warnings: Warnings,
    rights: Rights,
}

/// For whom an event is.
struct To {
    /// Sockets in any of these rooms …
    rooms: Vec<String>,
    /// … and in none of these.
    except: Vec<String>,
    /// Set where a later state of a job makes this one pointless.
    state: Option<(JobId, u64)>,
}

/// What the handlers of a socket look at.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    engine: Engine,
    sessions: SessionStore,
    keys: KeyStore,
    /// Where those are counted who offer a session that is none.
    addresses: Arc<Limit<IpAddr>>,
    origins: Arc<Origins>,
    production: bool,
    sockets_per_user: usize,
    seats: Seats,
    clock: Arc<dyn Clock>,
    warnings: Warnings,
    rights: Rights,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}

impl Live {
    pub(crate) fn new(
        engine: Engine,
        sessions: SessionStore,
        keys: KeyStore,
        addresses: Arc<Limit<IpAddr>>,
        origins: Arc<Origins>,
        clock: Arc<dyn Clock>,
        settings: &ServerSettings,
    ) -> Self {
        let warnings = Warnings::default();
        let rights = Rights::new(Arc::clone(&clock));
        let (layer, io) = SocketIo::builder()
            .req_path(PATH)
            // What clients send us is small; buffers of the default size cost more than all else of a socket. A message
            // that is larger than its buffer gets one of its own.
            .max_payload(100_000)
            .ws_read_buffer_size(256)
            .max_buffer_size(256)
            .connect_timeout(Duration::from_secs(10))
            .transports([TransportType::Websocket, TransportType::Polling])
            .with_state(Shared {
                engine,
                sessions,
                keys,
                addresses,
                origins,
                production: settings.production,
                sockets_per_user: settings.sockets_per_user,
                seats: Seats::default(),
                clock,
                warnings: warnings.clone(),
                rights: rights.clone(),
            })
            .build_layer();
        connect::accept(&io);
        Self {
            io,
            layer,
            nodes: settings.nodes.clone(),
            order: Order::default(),
            warnings,
            rights,
        }
    }

    /// The sockets of this node; none any more once they were all closed. What is still under way then (an open request,
    /// a running item) has its events, and nobody hears them.
    fn here(&self) -> Option<BroadcastOperators<LocalAdapter>> {
        self.io.of("/")
    }

    fn every_socket(&self) -> Vec<SocketRef> {
        self.here().map_or_else(Vec::new, BroadcastOperators::sockets)
    }

    /// Connections that are open at this moment.
    pub(crate) fn sockets(&self) -> usize {
        self.every_socket().len()
    }

    /// Answers below `/socket.io` and hands everything else on.
    pub(crate) fn layer(&self) -> SocketIoLayer {
        self.layer.clone()
    }

    /// Sends an event once to every socket, on any node, that is in any of the rooms.
    async fn emit<T: Serialize>(&self, rooms: Vec<String>, event: &'static str, payload: &T) {
        let to = To {
            rooms,
            except: Vec::new(),
            state: None,
        };
        self.send(to, event, payload).await;
    }

    /// The same, of a state that is not worth telling once a newer one of the job was.
    async fn emit_state<T: Serialize>(
        &self,
        rooms: Vec<String>,
        event: &'static str,
        payload: &T,
        state: (JobId, u64),
    ) {
        let to = To {
            rooms,
            except: Vec::new(),
            state: Some(state),
        };
        self.send(to, event, payload).await;
    }

    /// Sends an event once to every socket, on any node, that is in the room and in none of the others.
    async fn emit_except<T: Serialize>(
        &self,
        room: String,
        except: Vec<String>,
        event: &'static str,
        payload: &T,
    ) {
        let to = To {
            rooms: vec![room],
            except,
            state: None,
        };
        self.send(to, event, payload).await;
    }

    async fn send<T: Serialize>(&self, to: To, event: &'static str, payload: &T) {
        self.nodes.say(|| Word::Event {
            rooms: to.rooms.clone(),
            except: to.except.clone(),
            event: event.to_owned(),
            // What we tell are plain structs, of which none fails to be written.
            payload: serde_json::to_value(payload).unwrap_or_default(),
            state: to.state,
        });
        self.send_here(to, event, payload).await;
    }

    /// An event that another node has sent to its sockets.
    pub(crate) async fn hear(
        &self,
        rooms: Vec<String>,
        except: Vec<String>,
        event: &str,
        payload: &Value,
        state: Option<(JobId, u64)>,
    ) {
        let to = To { rooms, except, state };
        self.send_here(to, event, payload).await;
    }

    async fn send_here<T: Serialize>(&self, to: To, event: &str, payload: &T) {
        if to
            .state
            .is_some_and(|(job, version)| !self.order.is_news(job, version))
        {
            return;
        }
        let Some(here) = self.here() else { return };
        self.ask_again(&to.rooms).await;
        let sockets = here.to(to.rooms).except(to.except);
        if let Err(error) = sockets.emit(event, payload).await {
            // Some socket is too slow or gone; it reads the truth from the API.
            tracing::debug!(event, %error, "An event did not reach every socket");
        }
    }

    /// Closes the sockets of a session that has ended, or of a key that was revoked: those of this node.
    pub(crate) async fn close_session(&self, id: SessionId) {
        let Some(here) = self.here() else { return };
        if let Err(error) = here.within(id.room()).disconnect().await {
            tracing::debug!(%error, "A socket was gone already");
        }
    }

    /// Closes the sockets whose sessions or keys have come to their end by time. Asks nobody.
    pub(crate) fn close_expired(&self, now: Timestamp) {
        for socket in self.every_socket() {
            let ends = session_of(&socket).and_then(|session| session.expires_at);
            if ends.is_some_and(|end| end <= now)
                && let Err(error) = socket.disconnect()
            {
                tracing::debug!(%error, "A socket was gone already");
            }
        }
    }

    /// Whose sockets this node has, each session once.
    fn sessions_of_sockets(&self) -> HashMap<SessionId, Arc<Session>> {
        let sockets = self.every_socket();
        let sessions = sockets.iter().filter_map(session_of);
        sessions.map(|session| (session.id, session)).collect()
    }

    /// Closes the sockets whose sessions or keys have ended elsewhere, were not used for too long, or may do less than
    /// when they came: who comes again is asked what they may do now.
    pub(crate) async fn close_ended(&self, sessions: &SessionStore, keys: &KeyStore) {
        for session in self.sessions_of_sockets().into_values() {
            let alive = match session.key {
                Some(_) => keys.is_alive(session.id).await,
                None => sessions.is_alive(session.id).await,
            };
            if matches!(alive, Ok(false)) || !sessions.still_holds(&session).await {
                self.close_session(session.id).await;
            }
        }
    }

    /// Tells those whose token ends within days, the sockets of this node, once for each session.
    pub(crate) async fn warn_of_tokens(&self, sessions: &SessionStore, now: Timestamp) {
        for session in self.sessions_of_sockets().into_values() {
            let Some(alert) = Warnings::of_token(sessions.token_ends(&session).await, now) else {
                continue;
            };
            if self.warnings.first_of_token(session.id).await {
                let to = To {
                    rooms: vec![session.id.room()],
                    except: Vec::new(),
                    state: None,
                };
                self.send_here(to, alert::EVENT, &alert).await;
            }
        }
    }

    /// Tells every socket of this node that the server stops.
    pub(crate) async fn tell_stopping(&self) {
        let Some(here) = self.here() else { return };
        if let Err(error) = here.local().emit(alert::EVENT, &Alert::stopping()).await {
            tracing::debug!(%error, "Not every socket heard that the server stops");
        }
    }

    /// Closes every socket: the server stops.
    pub(crate) async fn close_all(&self) {
        self.io.close().await;
    }
}

/// Whose socket it is.
fn session_of(socket: &SocketRef) -> Option<Arc<Session>> {
    socket.extensions.get::<Arc<Session>>()
}
