use clap::Args;
use domain::JobStatus;

use super::Which;
use super::viewer::Viewer;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::job::write_job;

/// `jobs cancel ID`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk jobs cancel 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c\n\n\
    What was done stays done; what was not sent never will be.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
}

/// Ends a job for good.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    if let Some(remote) = context.remote()? {
        write_job(*context.output(), &remote.cancel(arguments.which.id).await?)?;
        return Ok(Exit::Done);
    }
    let viewer = Viewer::open(context).await?;
    let (job, actor) = viewer.job(arguments.which.id).await?;
    let engine = &viewer.composition.engine;
    if job.status == JobStatus::Running && viewer.is_abandoned(job.id).await? {
        // Its process is gone: what was under way is for a person to look at, now and not after the lease.
        engine.free(job.id, &actor).await?;
    }
    let job = engine.cancel(job.id, &actor).await?;
    write_job(*context.output(), &job)?;
    Ok(Exit::Done)
}
