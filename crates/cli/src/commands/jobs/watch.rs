use clap::Args;
use domain::{Job, JobStatus};

use super::Which;
use super::viewer::Viewer;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::job::write_job;
use crate::output::progress::Progress;

/// `jobs watch ID`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk jobs watch 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c\n\n\
    Ends when the job has ended or waits for a person. Ctrl-C ends the watching, not the job.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
}

/// Follows a job, whoever runs it.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    if let Some(remote) = context.remote()? {
        return match remote.watch(arguments.which.id).await? {
            None => Ok(Exit::Interrupted),
            Some(job) => {
                write_job(*context.output(), &job)?;
                Ok(end_of(&job))
            }
        };
    }
    let viewer = Viewer::open(context).await?;
    let (mut job, actor) = viewer.job(arguments.which.id).await?;
    let clock = &viewer.composition.clock;
    if moves(&job) && viewer.is_abandoned(job.id).await? {
        return Err(Failure::Other {
            exit: Exit::SomeFailed,
            code: "CONFLICT",
            message: format!(
                "no process runs this job; go on with: {} jobs resume {}",
                context.program(),
                job.id
            ),
            advice: None,
        });
    }
    let mut progress = Progress::of(&job, clock);
    while moves(&job) {
        tokio::select! {
            () = clock.sleep(progress.interval()) => {}
            () = context.interrupts().first() => return Ok(Exit::Interrupted),
        }
        job = viewer.composition.engine.job(job.id, &actor).await?;
        progress.show(&job);
    }
    drop(progress);
    write_job(*context.output(), &job)?;
    Ok(end_of(&job))
}

fn end_of(job: &Job) -> Exit {
    let failed = job.failure_count + job.unconfirmed_count > 0 || job.status == JobStatus::Failed;
    if failed { Exit::SomeFailed } else { Exit::Done }
}

/// Whether a job goes on by itself.
fn moves(job: &Job) -> bool {
    matches!(
        job.status,
        JobStatus::Planning | JobStatus::Pending | JobStatus::Running
    )
}
