use std::io::Write;

use clap::Args;
use config::Purpose;
use domain::Job;
use serde_json::json;
use storage::ItemFilter;

use super::input::Input;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::foreground::Desk;
use crate::output::plan::Counts;
use crate::output::source::Source;
use crate::output::{Output, results};
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
    if let Some(remote) = context.remote()? {
        let sent = arguments.input.send(&remote).await?;
        let job = remote.planned(sent.id()).await?;
        return Ok(arguments.exit(report(&remote, remote.output, &job, arguments.full).await?));
    }
    let config = context.config(Purpose::Command)?;
    let imported = arguments.input.read(context.clock().now())?;
    let desk = Desk::with_config(config, context).await?;
    let job = arguments
        .input
        .create_job(imported, None, &desk.composition.engine, &desk.connection)
        .await?;
    let _lock = desk.lock(job.id)?;
    desk.plan(job.id).await?;
    let job = desk.job(job.id).await?;
    let exit = report(&desk, desk.output, &job, arguments.full).await?;
    Ok(arguments.exit(exit))
}

impl Arguments {
    fn exit(&self, exit: Exit) -> Exit {
        match exit {
            Exit::Changes if !self.detailed_exitcode => Exit::Done,
            exit => exit,
        }
    }
}

/// Prints the plan of a job, and how to go on with it. Tells conflicts and changes by the exit code.
///
/// # Errors
/// The database failed, or nobody reads it.
pub(crate) async fn report(
    source: &impl Source,
    output: Output,
    job: &Job,
    full: bool,
) -> Result<Exit, Failure> {
    let counts = print(source, output, job, full).await?;
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
pub(crate) async fn print(
    source: &impl Source,
    output: Output,
    job: &Job,
    full: bool,
) -> Result<Counts, Failure> {
    let id = job.id;
    let counts = Counts::of(source, id).await?;
    if !output.is_text() {
        let around = serde_json::to_value(job).unwrap_or_else(|_| json!({}));
        item::write_items(output, source, id, ItemFilter::default(), None, &around).await?;
        return Ok(counts);
    }
    let shown = if full { u32::MAX } else { SHOWN };
    let text = plan::describe(source, job, counts, shown, colour::on_stdout()).await?;
    let mut out = results();
    write!(out, "{text}")?;
    if counts.changes() == 0 {
        writeln!(out, "Nothing would change.")?;
    }
    out.flush()?;
    if counts.changes() > 0 {
        talk::say(&format!("\nDo it: {} jobs start {id}", source.program()));
    }
    Ok(counts)
}
