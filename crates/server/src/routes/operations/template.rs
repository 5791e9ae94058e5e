use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use engine::import::template::{TemplateFormat, template as write};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::find;
use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::Result;
use crate::request::Query;

/// `GET /api/operations/:type/template?format=csv|yaml|json`: a filled example to change and import.
#[utoipa::path(
    get, path = "/api/operations/{type}/template", operation_id = "downloadTemplate", tag = "Operations",
    params(
        ("type" = String, Path, description = "`create_group`, or `bulk_create_groups`."),
        ("format" = Option<TemplateFormat>, Query, description = "`csv` unless told otherwise."),
    ),
    responses((status = 200, description = "A file.",
        content((String = "text/csv"), (Value = "application/yaml"), (Value = "application/json")),
        headers(("Content-Disposition" = String, description = "Its name.")))),
)]
pub(in crate::routes) async fn template(
    State(app): State<Arc<App>>,
    _: Scoped<Read>,
    Path(name): Path<String>,
    mut query: Query,
) -> Result<Response> {
    let operation = find(app.engine.registry(), &name)?;
    let format = query
        .value("format", "csv, yaml, json", |text| text.parse().ok())
        .unwrap_or(TemplateFormat::Csv);
    query.finish()?;
    let (kind, ending) = match format {
        TemplateFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        TemplateFormat::Yaml => ("application/yaml", "yaml"),
        TemplateFormat::Json => ("application/json", "json"),
    };
    let file = format!("attachment; filename=\"{}.{ending}\"", operation.name());
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, file)];
    Ok((headers, write(&**operation, format)).into_response())
}
