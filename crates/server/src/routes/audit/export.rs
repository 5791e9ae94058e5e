use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use engine::import::formula;
use futures::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use storage::{AuditFilter, AuditRow, Storage};
use utoipa::ToSchema;

use super::Shown;
use crate::app::App;
use crate::error::{ApiError, Result};

/// So many rows are read at a time; the client's pace decides when the next are.
const PAGE: u32 = 1000;

const HEADER: [&str; 15] = [
    "id",
    "at",
    "gitlabUrl",
    "userId",
    "username",
    "via",
    "address",
    "action",
    "target",
    "outcome",
    "status",
    "requestId",
    "details",
    "node",
    "seq",
];

/// How the trail is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(as = AuditFormat, rename_all = "lowercase")]
pub(super) enum Format {
    /// A page.
    Json,
    /// All rows, for spreadsheets.
    Csv,
    /// All rows, one JSON object a line.
    Ndjson,
}

impl Format {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "ndjson" => Some(Self::Ndjson),
            _ => None,
        }
    }
}

/// All rows that fit, as a file that is streamed.
pub(super) fn export(app: &App, mut filter: AuditFilter, format: Format) -> Response {
    filter.limit = PAGE;
    let storage = Arc::clone(app.engine.storage());
    let begun = Export {
        storage,
        filter: Some(filter),
        format,
        first: true,
    };
    let body = Body::from_stream(stream::try_unfold(begun, async |mut export| {
        let piece = export.next().await?;
        Ok::<_, ApiError>(piece.map(|piece| (piece, export)))
    }));
    let (kind, file) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
        _ => ("application/x-ndjson", "attachment; filename=\"audit.ndjson\""),
    };
    ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, file)], body).into_response()
}

struct Export {
    storage: Arc<dyn Storage>,
    /// What is still to be read.
    filter: Option<AuditFilter>,
    format: Format,
    first: bool,
}

impl Export {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(mut filter) = self.filter.take() else {
            return Ok(None);
        };
        let page = self.storage.audit(&filter).await?;
        let header = std::mem::take(&mut self.first);
        let piece = match self.format {
            Format::Csv => csv(&page.rows, header)?,
            _ => lines(&page.rows)?,
        };
        if page.next.is_some() {
            filter.before = page.next;
            self.filter = Some(filter);
        }
        Ok(Some(piece.into()))
    }
}

fn lines(rows: &[AuditRow]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(rows.len() * 400);
    for row in rows {
        serde_json::to_writer(&mut out, &Shown::from(row)).map_err(ApiError::internal)?;
        out.push(b'\n');
    }
    Ok(out)
}

/// What a spreadsheet would run as a formula is disarmed: paths and names are other people's words.
fn csv(rows: &[AuditRow], header: bool) -> Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::with_capacity(rows.len() * 300));
    if header {
        out.write_record(HEADER).map_err(ApiError::internal)?;
    }
    for row in rows {
        let entry = &row.entry;
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let cells = [
            row.id.clone(),
            entry.at.to_string(),
            entry
                .instance
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            number(entry.user_id),
            entry.username.clone().unwrap_or_default(),
            entry.via.clone().unwrap_or_default(),
            entry.address.clone().unwrap_or_default(),
            entry.action.clone(),
            entry.target.clone(),
            entry.outcome.name().to_owned(),
            number(entry.status.map(u64::from)),
            entry.request_id.clone().unwrap_or_default(),
            entry
                .details
                .as_ref()
                .map(|details| details.get().to_owned())
                .unwrap_or_default(),
            row.node.clone(),
            row.seq.to_string(),
        ];
        let cells = cells.iter().map(|cell| formula::escape(cell).into_owned());
        out.write_record(cells).map_err(ApiError::internal)?;
    }
    out.into_inner()
        .map_err(|error| ApiError::internal(error.to_string()))
}
