use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use engine::export::{ExportError, ExportFormat, ExportOptions, Exported, export as write_estate, sections};
use futures::channel::mpsc;
use futures::io::{AsyncWrite, AsyncWriteExt as _};
use futures::{SinkExt as _, StreamExt as _, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use tokio_util::task::AbortOnDropHandle;
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

/// What is sent at once.
const PIECE: usize = 32 * 1024;
/// So many pieces may wait for their reader; with more, GitLab is not asked on.
const WAITING: usize = 4;

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
    let (pieces, mut written) = mpsc::channel(WAITING);
    let (registry, gitlab) = (app.engine.registry().clone(), session.gitlab.clone());
    let (options, with_comments) = (asked.options, asked.format == EstateFormat::Yaml);
    let stopping = app.stopping.child_token();
    // Whoever does not read on ends it, wherever it is.
    let mut crawl = AbortOnDropHandle::new(tokio::spawn(async move {
        let mut out = Pieces {
            to: pieces,
            begun: false,
        };
        let done = stopping
            // Large, and on top of everything that a request is within.
            .run_until_cancelled(Box::pin(write_estate(&registry, &gitlab, &options, &mut out)))
            .await;
        let done = done.unwrap_or_else(|| Err(io::Error::other("the server is stopping").into()));
        match done {
            Ok(exported) if with_comments => Ok(say_what_is_missing(&exported, &mut out).await?),
            Ok(_) => Ok(()),
            Err(error) if out.begun => {
                tracing::warn!(%error, "an export could not be completed");
                out.cut().await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }));
    // Whoever asks for what cannot be read hears so instead of an empty file.
    let Some(first) = written.next().await else {
        (&mut crawl).await.map_err(ApiError::internal)?.map_err(refused)?;
        return Err(ApiError::internal("an export wrote nothing"));
    };
    let file = format!("attachment; filename=\"estate.{}\"", asked.format.name());
    let headers = [
        (CONTENT_TYPE, asked.format.content_type().to_owned()),
        (CONTENT_DISPOSITION, file),
    ];
    Ok((headers, Body::from_stream(after(first, written, crawl))).into_response())
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

async fn say_what_is_missing(exported: &Exported, out: &mut Pieces) -> io::Result<()> {
    let mut lines = String::new();
    for why in &exported.left_out {
        lines.push_str("# left out: ");
        lines.extend(why.chars().map(|c| if c.is_control() { ' ' } else { c }));
        lines.push('\n');
    }
    out.write_all(lines.as_bytes()).await
}

/// Hands on what is written, piece by piece, as its reader takes them.
struct Pieces {
    to: mpsc::Sender<io::Result<Bytes>>,
    /// Something has been sent.
    begun: bool,
}

impl Pieces {
    /// Ends the answer so that nobody takes it for complete.
    async fn cut(&mut self) {
        let _ = self.to.send(Err(io::ErrorKind::UnexpectedEof.into())).await;
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        ready!(self.to.poll_ready(context)).map_err(gone)?;
        let piece = &bytes[..bytes.len().min(PIECE)];
        self.to
            .start_send(Ok(Bytes::copy_from_slice(piece)))
            .map_err(gone)?;
        self.begun = true;
        Poll::Ready(Ok(piece.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The pieces in order. What writes them lives as long as this.
fn after<W: Send>(
    first: io::Result<Bytes>,
    rest: mpsc::Receiver<io::Result<Bytes>>,
    writes: W,
) -> impl stream::Stream<Item = io::Result<Bytes>> + Send {
    let pieces = stream::unfold((Some(first), rest, writes), async |(first, mut rest, writes)| {
        let piece = match first {
            Some(piece) => Some(piece),
            None => rest.next().await,
        };
        piece.map(|piece| (piece, (None, rest, writes)))
    });
    // What compresses a body may ask on after its end.
    pieces.fuse()
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn pieces() -> (Pieces, mpsc::Receiver<io::Result<Bytes>>) {
        let (to, written) = mpsc::channel(WAITING);
        (Pieces { to, begun: false }, written)
    }

    #[tokio::test]
    async fn whoever_reads_slowly_has_no_more_than_some_pieces_waiting() {
        let (mut out, mut written) = pieces();
        let text = vec![b'x'; 1000 * PIECE];
        let mut writing = Box::pin(out.write_all(&text));
        assert!((&mut writing).now_or_never().is_none());
        let mut taken = 0;
        while let Some(piece) = written.next().now_or_never().flatten() {
            taken += piece.unwrap().len();
        }
        assert!(taken <= (WAITING + 1) * PIECE, "{taken} bytes were waiting");
        // It goes on where there is room again.
        assert!((&mut writing).now_or_never().is_none());
        assert!(written.next().now_or_never().is_some());
    }

    #[tokio::test]
    async fn whoever_reads_no_more_ends_what_is_written_for_them() {
        let (mut out, written) = pieces();
        drop(written);
        let error = out.write_all(b"groups:").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);

        let (_out, written) = pieces();
        let crawl = tokio::spawn(std::future::pending::<()>());
        let crawls = crawl.abort_handle();
        let answer = after(Ok(Bytes::new()), written, AbortOnDropHandle::new(crawl));
        drop(answer);
        while !crawls.is_finished() {
            tokio::task::yield_now().await;
        }
    }
}
