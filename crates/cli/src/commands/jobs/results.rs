use std::io::Write;

use clap::Args;
use domain::ItemStatus;
use engine::results::{Format, Results};

use super::Which;
use super::items::status;
use super::viewer::Viewer;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output;

/// `jobs results ID`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk jobs results 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c --status failed > failed.csv\n  \
    gitlab-bulk apply --type create_group failed.csv\n\n\
    The table has the columns of the input and `error`: mend the rows and apply the file again. Values of\n\
    secrets are left out.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Only items that are so; may be repeated
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Vec<ItemStatus>,
}

/// Prints what became of a job's items: a table, unless JSON is asked for.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let viewer = Viewer::open(context).await?;
    let (job, _) = viewer.job(arguments.which.id).await?;
    let format = match context.output().format() {
        output::Format::Json => Format::Json,
        output::Format::Ndjson => Format::Ndjson,
        output::Format::Text | output::Format::Csv => Format::Csv,
    };
    let engine = viewer.composition.engine.clone();
    let mut results = Results::new(engine, job.id, arguments.status, format);
    let mut out = output::results();
    while let Some(piece) = results.next().await? {
        out.write_all(piece.as_bytes())?;
    }
    out.flush()?;
    Ok(Exit::Done)
}
