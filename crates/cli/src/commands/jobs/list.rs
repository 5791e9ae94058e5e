use clap::Args;
use domain::{JobId, JobStatus};
use storage::JobFilter;

use super::viewer::Viewer;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::job::write_jobs;

/// `jobs list`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk jobs list\n  \
    gitlab-bulk jobs list --status paused --status failed --output json")]
pub(crate) struct Arguments {
    /// Only jobs that are so; may be repeated
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Vec<JobStatus>,
    /// Only jobs of this type: `bulk_create_groups`, `mixed` …
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only jobs whose id or type contains this
    #[arg(long, short, value_name = "TEXT")]
    q: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Go on after the last one shown
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<JobId>,
}

pub(super) fn status(text: &str) -> Result<JobStatus, String> {
    JobStatus::from_name(&text.to_lowercase())
        .ok_or_else(|| format!("give one of {}", JobStatus::ALL.map(JobStatus::name).join(", ")))
}

/// Prints a page of jobs.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let filter = JobFilter {
        status: arguments.status,
        kind: arguments.kind,
        text: arguments.q,
        before: arguments.cursor,
        limit: arguments.limit,
        ..JobFilter::default()
    };
    if let Some(remote) = context.remote()? {
        let page = remote.jobs(filter).await?;
        write_jobs(*context.output(), &page.jobs, page.next_cursor)?;
        return Ok(Exit::Done);
    }
    let viewer = Viewer::open(context).await?;
    let page = viewer.composition.engine.jobs(filter, &viewer.actor()).await?;
    write_jobs(*context.output(), &page.jobs, page.next.map(|id| id.to_string()))?;
    Ok(Exit::Done)
}
