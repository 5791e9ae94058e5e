use std::io::Write;

use clap::Args;
use domain::JobId;
use serde_json::json;
use storage::ItemFilter;

use super::input::Input;
use crate::config::Purpose;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::foreground::Desk;
use crate::output::plan::Counts;
use crate::output::results;
use crate::output::{colour, item, plan, talk};

/// Items of each action that are shown.
const SHOWN: u32 = 20;

/// `plan FILE…`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk plan groups.csv projects.csv\n  \
    gitlab-bulk plan manifest.yaml\n  \
    gitlab-bulk plan --update-existing --detailed-exitcode groups.csv\n  \
    gitlab-bulk plan --output json groups.csv | jq '.items[] | select(.action == \"conflict\")'")]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Exit with 0 when nothing would change and 10 when something would
    #[arg(long)]
    detailed_exitcode: bool,
    /// Show every item, not only the first of each action
    #[arg(long)]
    full: bool,
}

/// Validates and plans; the plan is kept and can be started.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    context.without_server()?;
    let config = context.config(Purpose::Command)?;
    let imported = arguments.input.read(context.clock().now())?;
    let desk = Desk::with_config(config, context).await?;
    let job = arguments
        .input
        .create_job(imported, None, &desk.composition.engine, &desk.connection)
        .await?;
    let _lock = desk.lock(job.id)?;
    desk.plan(job.id).await?;
    match report(&desk, job.id, arguments.full).await? {
        Exit::Changes if !arguments.detailed_exitcode => Ok(Exit::Done),
        exit => Ok(exit),
    }
}

/// Prints the plan of a job, and how to go on with it. Tells conflicts and changes by the exit code.
///
/// # Errors
/// The database failed, or nobody reads it.
pub(crate) async fn report(desk: &Desk, id: JobId, full: bool) -> Result<Exit, Failure> {
    let counts = print(desk, id, full).await?;
    Ok(match counts {
        counts if counts.conflict > 0 => Exit::SomeFailed,
        counts if counts.changes() > 0 => Exit::Changes,
        _ => Exit::Done,
    })
}

/// Prints a planned job.
///
/// # Errors
/// The database failed, or nobody reads it.
pub(crate) async fn print(desk: &Desk, id: JobId, full: bool) -> Result<Counts, Failure> {
    let storage = &*desk.composition.storage;
    let job = desk.job(id).await?;
    let counts = Counts::of(storage, id).await?;
    if !desk.output.is_text() {
        let around = serde_json::to_value(&job).unwrap_or_else(|_| json!({}));
        item::write_items(desk.output, storage, id, ItemFilter::default(), None, &around).await?;
        return Ok(counts);
    }
    let shown = if full { u32::MAX } else { SHOWN };
    let text = plan::describe(storage, &job, counts, shown, colour::on_stdout()).await?;
    let mut out = results();
    write!(out, "{text}")?;
    if counts.changes() == 0 {
        writeln!(out, "Nothing would change.")?;
    }
    out.flush()?;
    if counts.changes() > 0 {
        talk::say(&format!("\nDo it: gitlab-bulk jobs start {id}"));
    }
    Ok(counts)
}
