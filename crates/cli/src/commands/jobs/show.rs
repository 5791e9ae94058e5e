use clap::Args;

use super::Which;
use super::viewer::Viewer;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::job::write_job;

/// `jobs show ID`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk jobs show 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c\n  \
    gitlab-bulk jobs show 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c --output json | jq .status")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
}

/// Prints a job.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    if let Some(remote) = context.remote()? {
        write_job(*context.output(), &remote.job(arguments.which.id).await?)?;
        return Ok(Exit::Done);
    }
    let viewer = Viewer::open(context).await?;
    let (job, _) = viewer.job(arguments.which.id).await?;
    write_job(*context.output(), &job)?;
    Ok(Exit::Done)
}
