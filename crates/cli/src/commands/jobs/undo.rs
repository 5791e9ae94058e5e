use clap::Args;
use domain::{Job, JobId, Origin};

use super::Which;
use crate::commands::files::plan;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::foreground::{Consent, Desk};
use crate::output::{items, talk};

/// `jobs undo ID`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk jobs undo 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c\n  \
    gitlab-bulk jobs undo 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c --plan\n\n\
    Makes a new job that reverses what the job did, shows its plan and asks before it runs it. What was\n\
    changed since is left as it is, and what cannot be undone is named.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Run the plan without asking
    #[arg(long, short)]
    yes: bool,
    /// The text that a destructive plan asks for
    #[arg(long, value_name = "TEXT")]
    confirm: Option<String>,
    /// Only plan; `jobs start` runs it later
    #[arg(long, conflicts_with_all = ["yes", "confirm"])]
    plan: bool,
}

/// Makes the job that reverses another.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let consent = Consent {
        yes: arguments.yes,
        confirm: arguments.confirm,
    };
    if let Some(remote) = context.remote()? {
        let job = remote.undo(arguments.which.id).await?;
        introduce(&job, arguments.which.id);
        if arguments.plan {
            let job = remote.planned(job.id).await?;
            plan::print(&remote, remote.output, &job, true).await?;
            return Ok(Exit::Done);
        }
        return remote.carry_out(job.id, &consent).await;
    }
    let desk = Desk::open(context).await?;
    let job = desk
        .composition
        .engine
        .undo(arguments.which.id, Origin::Cli, &desk.connection.actor)
        .await?;
    introduce(&job, arguments.which.id);
    let lock = desk.lock(job.id)?;
    if arguments.plan {
        desk.plan(job.id).await?;
        let job = desk.job(job.id).await?;
        plan::print(&desk, desk.output, &job, true).await?;
        return Ok(Exit::Done);
    }
    desk.carry_out(job.id, lock, &consent).await
}

fn introduce(job: &Job, undone: JobId) {
    talk::say(&format!(
        "Job {} of {}, which undoes job {undone}",
        job.id,
        items(job.total)
    ));
}
