use clap::Args;
use domain::{Job, JobStatus};

use super::Which;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::foreground::Desk;

/// `jobs start ID`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk plan groups.csv\n  \
    gitlab-bulk jobs start 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// The text that a destructive plan asks for
    #[arg(long, value_name = "TEXT")]
    confirm: Option<String>,
}

/// Runs exactly the plan that was made.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let id = arguments.which.id;
    if let Some(remote) = context.remote()? {
        arguments.may_start(&remote.job(id).await?)?;
        remote.start(id, arguments.confirm.as_deref()).await?;
        return remote.follow(id).await;
    }
    let desk = Desk::open(context).await?;
    arguments.may_start(&desk.job(id).await?)?;
    let lock = desk.lock(id)?;
    desk.composition
        .engine
        .start(id, arguments.confirm.as_deref(), &desk.connection.actor)
        .await?;
    desk.run(id, lock).await
}

impl Arguments {
    fn may_start(&self, job: &Job) -> Result<(), Failure> {
        let id = job.id;
        if job.status != JobStatus::Planned {
            return Err(
                Failure::conflict(format!("job {id} is {} and cannot be started", job.status)).advise(
                    format!("a job that was interrupted goes on with: gitlab-bulk jobs resume {id}"),
                ),
            );
        }
        if let Some(wanted) = &job.confirmation
            && self.confirm.as_ref() != Some(wanted)
        {
            return Err(
                Failure::usage("this plan cannot be taken back and wants to be confirmed")
                    .advise(format!("give --confirm '{wanted}'")),
            );
        }
        Ok(())
    }
}
