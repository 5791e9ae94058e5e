use clap::Args;
use domain::{Job, JobStatus};

use super::Which;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::foreground::{Consent, Desk};
use crate::output::talk;

/// `jobs resume ID`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk jobs resume 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c\n\n\
    A job whose process died is taken over at once: requests whose answer was lost are looked up in\n\
    GitLab first, so that nothing is done twice. A job whose process lives is refused.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Run a plan that nobody has seen yet without asking
    #[arg(long, short)]
    yes: bool,
}

/// Goes on with a job.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let id = arguments.which.id;
    if let Some(remote) = context.remote()? {
        let job = remote.job(id).await?;
        may_resume(&job, context)?;
        let job = match job.status {
            JobStatus::Paused | JobStatus::Failed => remote.resume(id).await?,
            _ => job,
        };
        if job.status == JobStatus::Planning {
            return remote.carry_out(id, &arguments.consent()).await;
        }
        return remote.follow(id).await;
    }
    let desk = Desk::open(context).await?;
    let job = desk.job(id).await?;
    let engine = &desk.composition.engine;
    may_resume(&job, context)?;
    let lock = desk.lock(id)?;
    let job = match job.status {
        JobStatus::Paused | JobStatus::Failed => engine.resume(id, &desk.connection.actor).await?,
        _ => {
            talk::say("The process that ran this job is gone; taking over.");
            job
        }
    };
    if job.status == JobStatus::Planning {
        return desk.carry_out(id, lock, &arguments.consent()).await;
    }
    desk.run(id, lock).await
}

impl Arguments {
    fn consent(&self) -> Consent {
        Consent {
            yes: self.yes,
            confirm: None,
        }
    }
}

fn may_resume(job: &Job, context: &Context) -> Result<(), Failure> {
    let id = job.id;
    match job.status {
        JobStatus::Planned => Err(
            Failure::conflict(format!("job {id} is planned but was never started"))
                .advise(format!("start it with: {} jobs start {id}", context.program())),
        ),
        JobStatus::Completed | JobStatus::Cancelled => Err(Failure::conflict(format!(
            "job {id} is {}: there is nothing to go on with",
            job.status
        ))),
        _ => Ok(()),
    }
}
