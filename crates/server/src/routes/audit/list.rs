use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::Timestamp;
use serde::Serialize;
use storage::{AuditFilter, AuditOutcome};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Shown;
use super::export::{Format, export};
use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::Result;
use crate::request::Query;

/// Rows of the trail, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuditPage<'a> {
    entries: Vec<Shown<'a>>,
    /// Null on the last page.
    next_cursor: Option<String>,
}

/// `GET /api/audit?action&outcome&since&until&cursor&limit&format`: one's own rows, newest first; for an
/// administrator all of the instance, and those of nobody. With `format=csv|ndjson` all that fit, as a file.
#[utoipa::path(
    get, path = "/api/audit", operation_id = "listAudit", tag = "Audit",
    params(
        ("action" = Option<String>, Query, description = "Only rows of this action."),
        ("outcome" = Option<String>, Query, description = "Only rows with this outcome."),
        ("since" = Option<Timestamp>, Query, description = "Only rows from then on."),
        ("until" = Option<Timestamp>, Query, description = "Only rows before."),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000,
            description = "Rows of a page; 50 unless told otherwise."),
        ("format" = Option<String>, Query, pattern = "^(json|csv|ndjson)$",
            description = "`json` is a page; `csv` and `ndjson` are all rows that fit, as a file."),
    ),
    responses((status = 200, description = "A page, or a file.",
        content((AuditPage = "application/json"), (String = "text/csv"), (String = "application/x-ndjson")))),
)]
pub(in crate::routes) async fn list(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
    mut query: Query,
) -> Result<Response> {
    const MOMENT: &str = "a time like 2030-01-31T00:00:00Z";
    let moment = |text: &str| Timestamp::parse(text).ok();
    let outcomes = AuditOutcome::ALL.map(AuditOutcome::name).join(", ");
    let mut filter = AuditFilter {
        action: query.text("action"),
        outcome: query.value("outcome", &outcomes, AuditOutcome::from_name),
        since: query.value("since", MOMENT, moment),
        until: query.value("until", MOMENT, moment),
        before: query.value("cursor", "the nextCursor of the page before", |text| {
            text.parse::<Uuid>().ok().map(|id| id.to_string())
        }),
        limit: query.limit(50, 1000),
        ..AuditFilter::default()
    };
    let format = query.value("format", "json, csv, ndjson", Format::from_name);
    query.finish()?;
    if session.actor.administrator {
        filter.instance = Some(session.actor.user.instance.clone());
    } else {
        filter.user = Some(session.actor.user.clone());
    }
    match format {
        None | Some(Format::Json) => {
            let page = app.engine.storage().audit(&filter).await?;
            let answer = AuditPage {
                entries: page.rows.iter().map(Shown::from).collect(),
                next_cursor: page.next,
            };
            Ok(Json(answer).into_response())
        }
        Some(format) => Ok(export(&app, filter, format)),
    }
}
