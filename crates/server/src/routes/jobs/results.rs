use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::ItemStatus;
use engine::results::{Format, Results};
use futures::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use storage::StorageError;

use super::ITEM_STATUSES;
use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::Result;
use crate::request::{JobPath, Query};

/// `GET /api/jobs/:id/results?format=json|ndjson|csv&status`: what became of the items, as a file.
///
/// Without `status`, of all items that have ended.
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
    query.finish()?;
    app.engine.job(id, &session.actor).await?;
    let results = Results::new(app.engine.clone(), id, statuses, format);
    let body = Body::from_stream(stream::try_unfold(results, async |mut results| {
        let piece = results.next().await?;
        Ok::<_, StorageError>(piece.map(|piece| (piece, results)))
    }));
    let file = format!("attachment; filename=\"job-{id}.{}\"", format.name());
    let headers = [
        (CONTENT_TYPE, format.content_type().to_owned()),
        (CONTENT_DISPOSITION, file),
    ];
    Ok((headers, body).into_response())
}
