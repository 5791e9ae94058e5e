use std::borrow::Borrow;
use std::io::Write;

use clap::Args;
use domain::{ItemStatus, JobId};
use engine::results::{Format, Results, ResultsError, Selection};
use percent_encoding::percent_decode_str;
use reqwest::Response;

use super::Which;
use super::items::status;
use super::viewer::Viewer;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::{self, talk};
use crate::remote::Remote;

/// `jobs results ID`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk jobs results 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c --status failed > failed.csv\n  \
    gitlab-bulk jobs results 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c --status failed --file members.csv\n  \
    gitlab-bulk apply failed.csv\n\n\
    The table has the columns of the file that was read, as it spells them, and `error`: mend the\n\
    rows and apply it again. Values of secrets are left out, and `error` says so.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Only items that are so; may be repeated
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Vec<ItemStatus>,
    /// Only rows of this file of the job
    #[arg(long, value_name = "FILE")]
    file: Option<String>,
    /// As what to write it; a table, unless --output says JSON
    #[arg(long, short, value_name = "FORMAT", value_parser = format)]
    format: Option<Format>,
}

fn format(text: &str) -> Result<Format, String> {
    Format::from_name(&text.to_lowercase()).ok_or_else(|| "give one of csv, json, ndjson".to_owned())
}

/// Prints what became of a job's items: a table, unless JSON is asked for.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let selection = Selection {
        format: arguments.format.unwrap_or(match context.output().format() {
            output::Format::Json => Format::Json,
            output::Format::Ndjson => Format::Ndjson,
            output::Format::Text | output::Format::Csv => Format::Csv,
        }),
        statuses: arguments.status,
        file: arguments.file,
    };
    if let Some(remote) = context.remote()? {
        return download(arguments.which.id, selection, &remote).await;
    }
    let viewer = Viewer::open(context).await?;
    let (job, _) = viewer.job(arguments.which.id).await?;
    let engine = viewer.composition.engine.clone();
    let mut results = Results::open(engine, job.id, selection)
        .await
        .map_err(|error| match error {
            ResultsError::NoInput(problem) => Failure::invalid("there is no such input", problem.into()),
            ResultsError::Job(error) => error.into(),
        })?;
    let mut out = output::results();
    while let Some(piece) = results.next().await? {
        out.write_all(piece.as_bytes())?;
    }
    out.flush()?;
    warn_of(&results.mixed());
    Ok(Exit::Done)
}

/// Says that a table cannot be applied again as it is.
fn warn_of(mixed: &[impl Borrow<str>]) {
    if !mixed.is_empty() {
        talk::warn(&format!(
            "rows of several files with different columns stand in one table; for a table that can be applied again \
             give --file with one of {}",
            mixed.join(", ")
        ));
    }
}

async fn download(id: JobId, selection: Selection, remote: &Remote) -> Result<Exit, Failure> {
    let statuses: Vec<&str> = selection.statuses.iter().map(|status| status.name()).collect();
    let mut query = vec![
        ("format", selection.format.name().to_owned()),
        ("status", statuses.join(",")),
        ("file", selection.file.unwrap_or_default()),
    ];
    query.retain(|(_, value)| !value.is_empty());
    let mut file = remote.download(&format!("api/jobs/{id}/results"), &query).await?;
    let mixed = mixed_files(&file);
    let mut out = output::results();
    while let Some(piece) = remote.piece(&mut file).await? {
        out.write_all(&piece)?;
    }
    out.flush()?;
    warn_of(&mixed);
    Ok(Exit::Done)
}

/// What the server says of a table that several files are in.
fn mixed_files(file: &Response) -> Vec<String> {
    let named = file
        .headers()
        .get("x-mixed-files")
        .and_then(|value| value.to_str().ok());
    let names = named.into_iter().flat_map(|names| names.split(','));
    names
        .map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned())
        .collect()
}
