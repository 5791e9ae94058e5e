use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use domain::{Item, JobId};
use engine::Resolution;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::{Scoped, Work};
use crate::error::{ApiError, Result};
use crate::request::Fields;

/// What a person found out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::routes) struct ResolveRequest {
    #[schema(required, nullable = false)]
    outcome: Option<Resolution>,
}

/// `POST /api/jobs/:id/items/:index/resolve {outcome}`: a person settles an `unconfirmed` item.
#[utoipa::path(
    post, path = "/api/jobs/{id}/items/{index}/resolve", operation_id = "resolveItem", tag = "Jobs",
    params(
        ("id" = JobId, Path, description = "The job."),
        ("index" = u32, Path, description = "The item's place in the job."),
    ),
    request_body = ResolveRequest,
    responses(
        (status = 200, description = "The item.", body = Item),
        (status = 409, description = "It is not `unconfirmed`."),
    ),
)]
pub(in crate::routes) async fn resolve(
    State(app): State<Arc<App>>,
    session: Scoped<Work>,
    Path((id, index)): Path<(String, String)>,
    Fields(ResolveRequest { outcome }): Fields<ResolveRequest>,
) -> Result<Json<Item>> {
    let id: JobId = id
        .parse()
        .map_err(|_| ApiError::not_found("there is no such job"))?;
    let job = app.engine.job(id, &session.actor).await?;
    let index: u32 = index
        .parse()
        .map_err(|_| ApiError::not_found(format!("job {} has no such item", job.id)))?;
    let outcome = outcome.ok_or_else(|| {
        ApiError::invalid_field("outcome", format!("outcome has to be {}", Resolution::ALLOWED))
    })?;
    Ok(Json(
        app.engine.resolve(id, index, outcome, &session.actor).await?,
    ))
}
