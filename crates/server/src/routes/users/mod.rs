//! What an administrator of the instance does about other users here.

mod end_sessions;
mod sessions;

use std::net::IpAddr;

use domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::auth::{Listed, SessionId};
use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(sessions::sessions, end_sessions::end_sessions))
}

/// Sessions of one user.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionList {
    sessions: Vec<Shown>,
}

/// A session as it is shown: enough to recognise it by.
#[derive(Serialize, ToSchema)]
#[schema(as = OpenSession)]
#[serde(rename_all = "camelCase")]
struct Shown {
    /// What `DELETE /api/auth/sessions/:id` calls it. Opens nothing.
    id: String,
    /// Whether it is the one that asks.
    current: bool,
    created_at: Timestamp,
    /// When it was last used, to within a minute.
    last_activity: Timestamp,
    /// When it ends, whatever its use.
    expires_at: Timestamp,
    /// From where it was opened.
    #[schema(value_type = Option<String>)]
    address: Option<IpAddr>,
    /// What the program called itself that opened it.
    client: Option<String>,
}

impl SessionList {
    /// As they are listed, for whoever asks with the session `current`.
    pub(super) fn new(listed: Vec<Listed>, current: SessionId) -> Self {
        let sessions = listed.into_iter().map(|one| {
            let (address, client) = one.from.map(|from| (from.address, from.client)).unzip();
            Shown {
                id: one.id.shown(),
                current: one.id == current,
                created_at: one.created_at,
                last_activity: one.last_activity,
                expires_at: one.expires_at,
                address,
                client: client.flatten(),
            }
        });
        Self {
            sessions: sessions.collect(),
        }
    }
}
