use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{Job, JobId, JobStatus};
use serde::Serialize;
use storage::JobFilter;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::Result;
use crate::request::{List, Query};

/// Jobs, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::routes) struct JobPage {
    jobs: Vec<Job>,
    /// Null on the last page.
    next_cursor: Option<String>,
}

/// `GET /api/jobs?status&type&q&cursor&limit`: newest first; pages stay as they are while jobs are added.
#[utoipa::path(
    get, path = "/api/jobs", operation_id = "listJobs", tag = "Jobs",
    params(
        ("status" = Option<Vec<JobStatus>>, Query, style = Form, explode = false,
            description = "Only jobs that stand like this."),
        ("type" = Option<String>, Query, description = "Only jobs of this type: `bulk_create_groups` …"),
        ("q" = Option<String>, Query, description = "Only jobs whose id, type or owner's name has this in it."),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before, with the same filters."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Rows of a page; 50 unless told otherwise."),
    ),
    responses((status = 200, description = "A page.", body = JobPage)),
)]
pub(in crate::routes) async fn list(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
    mut query: Query,
) -> Result<Json<JobPage>> {
    let statuses = JobStatus::ALL.map(JobStatus::name).join(", ");
    let mut filter = JobFilter {
        status: query.values("status", &statuses, JobStatus::from_name),
        kind: query.text("type"),
        text: query.text("q"),
        limit: query.limit(50, 1000),
        ..JobFilter::default()
    };
    let list = list_of(&filter);
    filter.before = query.cursor(&list, |position| position.parse::<JobId>().ok());
    query.finish()?;
    let page = app.engine.jobs(filter, &session.actor).await?;
    Ok(Json(JobPage {
        jobs: page.jobs,
        next_cursor: page.next.map(|id| list.cursor(&id.to_string())),
    }))
}

fn list_of(filter: &JobFilter) -> List {
    let names: Vec<&str> = filter.status.iter().map(|status| status.name()).collect();
    List::new("/api/jobs")
        .filtered(&names.join(","))
        .filtered(filter.kind.as_deref().unwrap_or_default())
        .filtered(filter.text.as_deref().unwrap_or_default())
}
