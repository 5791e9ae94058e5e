use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{JobId, JobStatus};
use serde_json::{Value, json};
use storage::JobFilter;

use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::Result;
use crate::request::Query;

/// `GET /api/jobs?status&type&q&cursor&limit`: newest first; pages stay as they are while jobs are added.
pub(in crate::routes) async fn list(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
    mut query: Query,
) -> Result<Json<Value>> {
    let statuses = JobStatus::ALL.map(JobStatus::name).join(", ");
    let filter = JobFilter {
        status: query.values("status", &statuses, JobStatus::from_name),
        kind: query.text("type"),
        text: query.text("q"),
        before: query.value("cursor", "the nextCursor of the page before", |text| {
            text.parse::<JobId>().ok()
        }),
        limit: query.limit(50, 1000),
        ..JobFilter::default()
    };
    query.finish()?;
    let page = app.engine.jobs(filter, &session.actor).await?;
    Ok(Json(json!({ "jobs": page.jobs, "nextCursor": page.next })))
}
