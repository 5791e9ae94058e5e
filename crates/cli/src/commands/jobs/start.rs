use clap::Args;
use domain::{Job, JobStatus};

use super::Which;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::foreground::{Consent, Desk, somebody_is_there};
use crate::output::plan::Counts;
use crate::output::source::Source;

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
        let job = remote.job(id).await?;
        arguments.agree(&job, &remote, context).await?;
        remote.start(id, job.confirmation.as_deref()).await?;
        return remote.follow(id).await;
    }
    let desk = Desk::open(context).await?;
    let job = desk.job(id).await?;
    arguments.agree(&job, &desk, context).await?;
    let lock = desk.lock(id)?;
    desk.composition
        .engine
        .start(id, job.confirmation.as_deref(), &desk.connection.actor)
        .await?;
    desk.run(id, lock).await
}

impl Arguments {
    /// To start a plan is to agree to it; the text of a destructive one is typed besides.
    async fn agree(&self, job: &Job, source: &impl Source, context: &Context) -> Result<(), Failure> {
        let id = job.id;
        if job.status != JobStatus::Planned {
            return Err(
                Failure::conflict(format!("job {id} is {} and cannot be started", job.status)).advise(
                    format!(
                        "a job that was interrupted goes on with: {} jobs resume {id}",
                        context.program()
                    ),
                ),
            );
        }
        if let Some(wanted) = &job.confirmation
            && self.confirm.is_none()
            && !somebody_is_there()
        {
            return Err(
                Failure::usage("this plan cannot be taken back and wants to be confirmed")
                    .advise(format!("give --confirm '{wanted}'")),
            );
        }
        let consent = Consent {
            yes: true,
            confirm: self.confirm.clone(),
        };
        consent
            .ask(job, Counts::default(), source, context.interrupts())
            .await
    }
}
