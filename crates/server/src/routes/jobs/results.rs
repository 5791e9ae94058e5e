use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{ItemError, ItemResult, ItemStatus, JobId, Problems};
use engine::results::{Format, Results, ResultsError, Selection};
use futures::{StreamExt as _, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use storage::StorageError;
use utoipa::ToSchema;

use super::ITEM_STATUSES;
use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::{ApiError, Result};
use crate::request::{JobPath, Query};

/// Files of different columns whose rows stand together in a table, percent-encoded and separated by commas: such a
/// table cannot be imported as it is, each file's by itself (`file`) can.
const MIXED_FILES: &str = "x-mixed-files";

/// What became of one item.
#[expect(dead_code, reason = "only described: rows are written as they are read")]
#[derive(ToSchema)]
struct ResultRow {
    index: u32,
    success: bool,
    /// The parameters of the item, as they were given.
    item: Map<String, Value>,
    /// What was made, if it was a group.
    group: Option<ItemResult>,
    /// What was made, if it was a project.
    project: Option<ItemResult>,
    /// What was made, if it was a membership.
    member: Option<ItemResult>,
    error: Option<ItemError>,
}

/// `GET /api/jobs/:id/results?format=json|ndjson|csv&status&file`: what became of the items, as a file.
///
/// Without `status`, of all items that have ended; with `file`, of those that were read from this file.
#[utoipa::path(
    get, path = "/api/jobs/{id}/results", operation_id = "downloadResults", tag = "Jobs",
    params(
        ("id" = JobId, Path, description = "The job."),
        ("format" = Option<Format>, Query, description = "`json` unless told otherwise. A table of failed rows can be \
            mended and imported again."),
        ("status" = Option<Vec<ItemStatus>>, Query, style = Form, explode = false,
            description = "Only items that stand like this; otherwise all that have ended."),
        ("file" = Option<String>, Query, description = "Only rows of this file of the job."),
    ),
    responses((status = 200, description = "A file.",
        content((Vec<ResultRow> = "application/json"), (String = "application/x-ndjson"), (String = "text/csv")),
        headers(
            ("Content-Disposition" = String, description = "Its name."),
            ("X-Mixed-Files" = Option<String>, description = "Files of different columns whose rows stand together in \
                a table, percent-encoded and separated by commas: ask for each with `file` to import it again."),
        ))),
)]
pub(in crate::routes) async fn results(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
    JobPath(id): JobPath,
    mut query: Query,
) -> Result<Response> {
    let format = query
        .value("format", "json, ndjson, csv", Format::from_name)
        .unwrap_or(Format::Json);
    let statuses = query.values("status", ITEM_STATUSES, ItemStatus::from_name);
    let file = query.text("file");
    query.finish()?;
    app.engine.job(id, &session.actor).await?;
    let selection = Selection {
        statuses,
        file,
        format,
    };
    let mut results =
        Results::open(app.engine.clone(), id, selection)
            .await
            .map_err(|error| match error {
                ResultsError::NoInput(problem) => Problems::from(problem).into(),
                ResultsError::Job(error) => ApiError::from(error),
            })?;
    // Which files stand together is known with the first piece, and has to be said before it.
    let first = results.next().await?;
    let mixed = mixed(&results.mixed());
    let rest = stream::try_unfold(results, async |mut results| {
        let piece = results.next().await?;
        Ok::<_, StorageError>(piece.map(|piece| (piece, results)))
    });
    let body = Body::from_stream(stream::iter(first.map(Ok)).chain(rest));
    let file = format!("attachment; filename=\"job-{id}.{}\"", format.name());
    let headers = [
        (CONTENT_TYPE, format.content_type().to_owned()),
        (CONTENT_DISPOSITION, file),
    ];
    let mixed = mixed.map(|files| [(MIXED_FILES, files)]);
    Ok((headers, mixed, body).into_response())
}

/// The names, as a header can carry them; `None` without any.
fn mixed(files: &[&str]) -> Option<String> {
    let encoded = files
        .iter()
        .map(|name| utf8_percent_encode(name, NON_ALPHANUMERIC).to_string());
    (!files.is_empty()).then(|| encoded.collect::<Vec<_>>().join(","))
}
