use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::{connection, session};
use crate::app::App;
use crate::auth::{Read, Scoped};

/// The two things to know first.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct Quick {
    connection: connection::Connection,
    session: session::Lasting,
}

/// `GET /api/health/quick`: connection and session, with a single question to GitLab.
#[utoipa::path(
    get, path = "/api/health/quick", operation_id = "checkQuickly", tag = "Health",
    responses((status = 200, description = "How they are.", body = Quick)),
)]
pub(in crate::routes) async fn quick(State(app): State<Arc<App>>, session: Scoped<Read>) -> Json<Quick> {
    Json(Quick {
        connection: connection::look(&app, &session.gitlab).await,
        session: session::look(&app, &session),
    })
}
