use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::Multipart;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use domain::{Job, JobOptions, Problem, Problems};
use engine::import::{ImportOptions, InputFile, read_files};
use engine::manifest;
use http::StatusCode;
use http::header::LOCATION;
use serde::Serialize;
use serde_json::{Value, json};
use storage::Idempotency;
use utoipa::ToSchema;

use super::make::{Made, keep, missing};
use super::options;
use crate::app::App;
use crate::auth::{Scoped, Work};
use crate::error::{ApiError, Result};
use crate::request::{IdempotencyKey, Metered, Spool};

/// A text beside the files is small.
const LARGEST_TEXT: usize = 1024 * 1024;
/// All that is not the content of a file, in bytes: heads of parts, texts, what stands between them.
const MOST_BESIDES: usize = 4 * 1024 * 1024;
/// Files and texts of one upload.
const MOST_PARTS: usize = 1_000;

/// What an upload says.
#[derive(Default)]
struct Upload {
    /// By their names.
    files: Vec<(String, Spool)>,
    kind: Option<String>,
    options: Option<Value>,
    mapping: BTreeMap<String, String>,
    start: Option<Value>,
    skip_invalid: bool,
}

/// Files with rows or a manifest, and how to read them.
#[expect(dead_code, reason = "only described: parts are read as they arrive")]
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct ImportForm {
    /// CSV, XLSX, JSON, NDJSON or YAML; several are one job.
    #[schema(value_type = Vec<String>, format = Binary, min_items = 1)]
    file: Vec<String>,
    /// What the files hold, where their columns do not tell: `create_group`, `bulk_create_groups` … or `manifest`.
    r#type: Option<String>,
    options: Option<JobOptions>,
    /// Columns of the files and the parameters that they are.
    mapping: Option<BTreeMap<String, String>>,
    /// `false` stops at `planned`.
    start: Option<bool>,
    /// Whether wrong rows are set aside instead of refused with all the others.
    skip_invalid: Option<bool>,
}

/// A job that was made of files.
#[derive(Serialize, ToSchema)]
struct Imported {
    #[serde(flatten)]
    job: Job,
    /// What was not read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Problem>,
    /// What is wrong with rows that were set aside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<Problem>,
}

/// `POST /api/jobs/import`, multipart: `file`…, `type?`, `options?`, `mapping?`, `start?`, `skipInvalid?`.
///
/// Answers with the job; beside it `warnings` (what was not read) and `skipped` (rows set aside), if any.
#[utoipa::path(
    post, path = "/api/jobs/import", operation_id = "importFiles", tag = "Jobs",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
        description = "The same key and body give the same job; another body 409.")),
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The job.", body = Imported,
            headers(("Location" = String, description = "Its address."))),
        (status = 409, description = "The `Idempotency-Key` came with another body before."),
    ),
)]
pub(in crate::routes) async fn import(
    State(app): State<Arc<App>>,
    session: Scoped<Work>,
    key: IdempotencyKey,
    request: Request,
) -> Result<Response> {
    let mut problems = Vec::new();
    let upload = read(app.settings.max_file_size, request, &mut problems).await?;
    options::read(upload.options.clone(), JobOptions::default(), &mut problems);
    let start = options::start(upload.start.clone(), &mut problems);
    if upload.files.is_empty() {
        problems.push(missing(
            "file",
            "one or more files: CSV, XLSX, JSON, NDJSON or YAML",
        ));
    }
    if !problems.is_empty() {
        return Err(Problems(problems).into());
    }
    let rest = json!([
        upload.kind,
        upload.options,
        upload.mapping,
        upload.start,
        upload.skip_invalid
    ]);
    let registry = app.engine.registry().clone();
    let how = ImportOptions {
        kind: upload.kind,
        mapping: upload.mapping,
        skip_invalid: upload.skip_invalid,
        today: app.clock.now(),
    };
    let (arrived, rest) = (upload.files, rest.to_string());
    let read = tokio::task::spawn_blocking(move || {
        let whole = arrived
            .into_iter()
            .map(|(name, spool)| Ok(InputFile::new(name, spool.read()?)));
        let files: Vec<InputFile> = whole
            .collect::<std::io::Result<_>>()
            .map_err(ApiError::internal)?;
        let idempotency = identity(key, &rest, &files);
        let manifest = match how.kind.as_deref() {
            None | Some(manifest::JOB_TYPE) => manifest::read_files(&registry, &files, how.today),
            Some(_) => None,
        };
        let made = match manifest {
            Some(manifest) => manifest.map(Made::of_manifest),
            None => read_files(&registry, &files, &how).map(Made::of_rows),
        }?;
        Ok::<_, ApiError>((made, idempotency))
    });
    let (mut made, idempotency) = read.await.map_err(ApiError::internal)??;
    let (warnings, skipped) = (
        std::mem::take(&mut made.warnings),
        std::mem::take(&mut made.skipped),
    );
    made.options = options::read(upload.options, made.options, &mut problems);
    let job = keep(&app, &session, made, start, idempotency).await?;
    let address = format!("/api/jobs/{}", job.id);
    let answer = Imported {
        job,
        warnings,
        skipped,
    };
    Ok((StatusCode::CREATED, [(LOCATION, address)], Json(answer)).into_response())
}

/// What makes an upload the same as another: its files and what is said beside them.
fn identity(key: IdempotencyKey, rest: &str, files: &[InputFile]) -> Option<Idempotency> {
    let mut parts: Vec<&[u8]> = vec![b"import", rest.as_bytes()];
    parts.extend(files.iter().flat_map(|file| [file.name.as_bytes(), &file.bytes]));
    key.of_parts(&parts)
}

/// Takes an upload apart; `most` is for the bytes of all files together.
async fn read(most: usize, request: Request, problems: &mut Vec<Problem>) -> Result<Upload> {
    let (request, besides) = Metered::over(request, MOST_BESIDES);
    let mut multipart = Multipart::from_request(request, &())
        .await
        .map_err(|_| ApiError::unsupported_media_type("multipart/form-data"))?;
    let unreadable = |_| {
        if besides.is_too_much() {
            ApiError::payload_too_large(MOST_BESIDES)
        } else {
            cut_short()
        }
    };
    let mut upload = Upload::default();
    let mut room = most;
    let mut parts = 0;
    while let Some(mut field) = multipart.next_field().await.map_err(unreadable)? {
        parts += 1;
        if parts > MOST_PARTS {
            let message = format!("a form has at most {MOST_PARTS} parts");
            return Err(ApiError::invalid_field("body", message));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        match (name.trim_end_matches("[]"), file) {
            ("file" | "files", file) => {
                let file = file.unwrap_or_else(|| "upload".to_owned());
                let mut content = Spool::default();
                while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
                    besides.without(chunk.len());
                    room = room
                        .checked_sub(chunk.len())
                        .ok_or_else(|| ApiError::payload_too_large(most))?;
                    content.push(&chunk).await.map_err(ApiError::internal)?;
                }
                upload.files.push((file, content));
            }
            (name, _) => {
                let mut text = Vec::new();
                while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
                    if text.len() + chunk.len() > LARGEST_TEXT {
                        return Err(ApiError::payload_too_large(LARGEST_TEXT));
                    }
                    text.extend_from_slice(&chunk);
                }
                let text = String::from_utf8(text)
                    .map_err(|_| ApiError::invalid_field("body", "a text of the form is not UTF-8"))?;
                upload.take(name, text, problems);
            }
        }
    }
    Ok(upload)
}

/// The names of the files of an upload and what they hold, what is said beside them, and how many problems there are with
/// it; `None` when it is refused as a whole.
#[cfg(feature = "fuzzing")]
pub(crate) async fn taken_apart(
    most: usize,
    request: Request,
) -> Option<(Vec<(String, Vec<u8>)>, Value, usize)> {
    let mut problems = Vec::new();
    let upload = read(most, request, &mut problems).await.ok()?;
    let files = upload.files.into_iter();
    let files = files.map(|(name, spool)| Some((name, spool.read().ok()?)));
    let said = json!([
        upload.kind,
        upload.options,
        upload.mapping,
        upload.start,
        upload.skip_invalid
    ]);
    Some((files.collect::<Option<_>>()?, said, problems.len()))
}

impl Upload {
    fn take(&mut self, name: &str, text: String, problems: &mut Vec<Problem>) {
        let mut wrong = |allowed: &str| {
            let problem = Problem::new(format!("{name} cannot be read")).allowed(allowed);
            problems.push(Problem {
                field: Some(name.to_owned()),
                ..problem
            });
        };
        match name {
            _ if text.trim().is_empty() => {}
            "type" => self.kind = Some(text.trim().to_owned()),
            "start" => self.start = Some(Value::String(text)),
            "skipInvalid" => match text.trim() {
                "true" => self.skip_invalid = true,
                "false" => self.skip_invalid = false,
                _ => wrong("true, false"),
            },
            "options" => match serde_json::from_str(&text) {
                Ok(options) => self.options = Some(options),
                Err(_) => wrong("a JSON object"),
            },
            "mapping" => match serde_json::from_str(&text) {
                Ok(mapping) => self.mapping = mapping,
                Err(_) => wrong("a JSON object of column names and fields"),
            },
            _ => wrong("file, type, options, mapping, start, skipInvalid"),
        }
    }
}

fn cut_short() -> ApiError {
    ApiError::invalid_field("body", "the form is not complete or not multipart/form-data")
}
