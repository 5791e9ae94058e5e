use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{Action, ItemStatus, JobId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::Result;
use crate::request::JobPath;

/// How many items of a job there are of each kind.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct Counts {
    counts: Vec<Count>,
}

/// Items that would do the same and stand alike.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the API's names")]
pub(in crate::routes) struct Count {
    /// What the items would do; null before they are planned.
    action: Option<Action>,
    status: ItemStatus,
    count: u32,
}

/// `GET /api/jobs/:id/counts`: how many items there are of each action and status, for summaries.
#[utoipa::path(
    get, path = "/api/jobs/{id}/counts", operation_id = "countItems", tag = "Jobs",
    params(("id" = JobId, Path, description = "The job.")),
    responses((status = 200, description = "How many there are.", body = Counts)),
)]
pub(in crate::routes) async fn counts(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
    JobPath(id): JobPath,
) -> Result<Json<Counts>> {
    app.engine.job(id, &session.actor).await?;
    let counts = app.engine.storage().count_items(id).await?;
    let each = counts.into_iter().map(|(action, status, count)| Count {
        action,
        status,
        count,
    });
    Ok(Json(Counts {
        counts: each.collect(),
    }))
}
