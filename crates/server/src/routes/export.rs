use std::io::{self, Write};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use engine::export::{ExportError, ExportFormat, ExportOptions, Exported, export as write_estate, sections};
use futures::{StreamExt as _, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::{ApiError, Result};
use crate::openapi::Routes;
use crate::request::Query;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(export))
}

/// As what an estate is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum EstateFormat {
    /// A manifest.
    Yaml,
    /// A manifest.
    Json,
    /// Rows of one kind.
    Csv,
}

impl EstateFormat {
    fn from_name(name: &str) -> Option<Self> {
        [Self::Yaml, Self::Json, Self::Csv]
            .into_iter()
            .find(|format| format.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Yaml => "application/yaml",
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// What is gathered before it is sent.
const PIECE: usize = 32 * 1024;

/// `GET /api/export?group&format=yaml|json|csv&include&allSettings&only`: the estate as a manifest that plans as
/// unchanged, as it is read; for CSV the rows of one kind (`only`). In YAML, comments at the end say what was left out.
#[utoipa::path(
    get, path = "/api/export", operation_id = "exportEstate", tag = "Jobs",
    params(
        ("group" = Option<String>, Query, description = "Only this group and what is below it: full path or number."),
        ("format" = Option<EstateFormat>, Query, description = "`yaml` unless told otherwise."),
        ("include" = Option<Vec<String>>, Query, style = Form, explode = false,
            description = "Sections besides groups and projects, such as `members`, or `all`."),
        ("allSettings" = Option<bool>, Query, description = "Every setting, instead of those of a new object only."),
        ("only" = Option<String>, Query, description = "For `format=csv`: `groups`, `projects` (unless told otherwise) or a \
            section."),
    ),
    responses(
        (status = 200, description = "A file.",
            content((Value = "application/yaml"), (Value = "application/json"), (String = "text/csv")),
            headers(("Content-Disposition" = String, description = "Its name."))),
        (status = 404, description = "There is no such group."),
    ),
)]
pub(in crate::routes) async fn export(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
    query: Query,
) -> Result<Response> {
    let asked = Asked::read(query, &sections(app.engine.registry()))?;
    let (pieces, mut written) = unbounded_channel();
    let (registry, gitlab) = (app.engine.registry().clone(), session.gitlab.clone());
    let (options, with_comments) = (asked.options, asked.format == EstateFormat::Yaml);
    let stopping = app.stopping.child_token();
    let crawl = tokio::spawn(async move {
        let mut out = Pieces {
            to: pieces,
            gathered: Vec::new(),
            begun: false,
        };
        let done = stopping
            // Large, and on top of everything that a request is within.
            .run_until_cancelled(Box::pin(write_estate(&registry, &gitlab, &options, &mut out)))
            .await;
        let done = done.unwrap_or_else(|| Err(io::Error::other("the server is stopping").into()));
        match done {
            Ok(exported) if with_comments => Ok(say_what_is_missing(&exported, &mut out)?),
            Ok(_) => Ok(()),
            Err(error) if out.begun => {
                tracing::warn!(%error, "an export could not be completed");
                out.cut();
                Ok(())
            }
            Err(error) => Err(error),
        }
    });
    // Whoever asks for what cannot be read hears so instead of an empty file.
    let Some(first) = written.recv().await else {
        crawl.await.map_err(ApiError::internal)?.map_err(refused)?;
        return Err(ApiError::internal("an export wrote nothing"));
    };
    let file = format!("attachment; filename=\"estate.{}\"", asked.format.name());
    let headers = [
        (CONTENT_TYPE, asked.format.content_type().to_owned()),
        (CONTENT_DISPOSITION, file),
    ];
    Ok((headers, Body::from_stream(after(first, written))).into_response())
}

/// What is asked for.
struct Asked {
    format: EstateFormat,
    options: ExportOptions,
}

impl Asked {
    fn read(mut query: Query, possible: &[&'static str]) -> Result<Self> {
        let kind = query
            .value("format", "yaml, json, csv", EstateFormat::from_name)
            .unwrap_or(EstateFormat::Yaml);
        let named = |text: &str| possible.contains(&text).then(|| text.to_owned());
        let all = format!("all, {}", possible.join(", "));
        let mut include = query.values("include", &all, |text| match text {
            "all" => Some("all".to_owned()),
            text => named(text),
        });
        let rows = format!("groups, projects, {}", possible.join(", "));
        let only = query.value("only", &rows, |text| match text {
            "groups" | "projects" => Some(text.to_owned()),
            text => named(text),
        });
        let all_settings = query.value("allSettings", "true, false", |text| text.parse().ok());
        let group = query.text("group");
        query.finish()?;
        if include.iter().any(|name| name == "all") {
            include = possible.iter().map(|name| (*name).to_owned()).collect();
        }
        let format = match (kind, only) {
            (EstateFormat::Csv, of) => {
                let of = of.unwrap_or_else(|| "projects".to_owned());
                if named(&of).is_some() && !include.contains(&of) {
                    include.push(of.clone());
                }
                ExportFormat::Csv { of }
            }
            (_, Some(_)) => return Err(only_is_for_tables()),
            (EstateFormat::Json, None) => ExportFormat::Json,
            (EstateFormat::Yaml, None) => ExportFormat::Yaml,
        };
        Ok(Self {
            format: kind,
            options: ExportOptions {
                group,
                include,
                all_settings: all_settings.unwrap_or(false),
                format,
            },
        })
    }
}

fn only_is_for_tables() -> ApiError {
    ApiError::invalid_field("only", "only is for format=csv")
}

fn refused(error: ExportError) -> ApiError {
    match error {
        ExportError::Gitlab(error) => error.into(),
        ExportError::NoGroup(_) => ApiError::not_found(error.to_string()),
        ExportError::Unknown { .. } => ApiError::invalid_field("only", error.to_string()),
        ExportError::Write(error) => ApiError::internal(error),
    }
}

fn say_what_is_missing(exported: &Exported, out: &mut Pieces) -> io::Result<()> {
    for why in &exported.left_out {
        let line: String = why
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        writeln!(out, "# left out: {line}")?;
    }
    out.flush()
}

/// Hands on what is written, piece by piece.
struct Pieces {
    to: UnboundedSender<io::Result<Bytes>>,
    gathered: Vec<u8>,
    /// Something has been sent.
    begun: bool,
}

impl Pieces {
    /// Ends the answer so that nobody takes it for complete.
    fn cut(&self) {
        let _ = self.to.send(Err(io::ErrorKind::UnexpectedEof.into()));
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        self.begun = true;
        let piece = Bytes::from(std::mem::take(&mut self.gathered));
        // Nobody reads on: the rest need not be asked of GitLab.
        self.to
            .send(Ok(piece))
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

fn after(
    first: io::Result<Bytes>,
    rest: UnboundedReceiver<io::Result<Bytes>>,
) -> impl stream::Stream<Item = io::Result<Bytes>> + Send {
    let pieces = stream::unfold((Some(first), rest), async |(first, mut rest)| {
        let piece = match first {
            Some(piece) => Some(piece),
            None => rest.recv().await,
        };
        piece.map(|piece| (piece, (None, rest)))
    });
    // What compresses a body may ask on after its end.
    pieces.fuse()
}
