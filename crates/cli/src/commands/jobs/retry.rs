use clap::Args;
use domain::{Job, Origin};

use super::Which;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::foreground::{Consent, Desk};
use crate::output::{items, talk};

/// `jobs retry ID`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk jobs retry 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c\n  \
    gitlab-bulk jobs retry 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c --code GITLAB_FORBIDDEN")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Only items that failed with this code
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// Run without asking what has changed since it was agreed to
    #[arg(long, short)]
    yes: bool,
    /// The text that a destructive plan asks for where something of it was not agreed to before
    #[arg(long, value_name = "TEXT")]
    confirm: Option<String>,
}

/// Makes a new job of the failed items and runs it.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let consent = Consent {
        yes: arguments.yes,
        confirm: arguments.confirm,
    };
    if let Some(remote) = context.remote()? {
        let job = remote
            .retry(arguments.which.id, arguments.code.as_deref())
            .await?;
        introduce(&job);
        return remote.carry_out(job.id, &consent).await;
    }
    let desk = Desk::open(context).await?;
    let engine = &desk.composition.engine;
    let job = engine
        .retry(
            arguments.which.id,
            arguments.code.as_deref(),
            Origin::Cli,
            &desk.connection.actor,
        )
        .await?;
    introduce(&job);
    let lock = desk.lock(job.id)?;
    desk.carry_out(job.id, lock, &consent).await
}

fn introduce(job: &Job) {
    talk::say(&format!(
        "Job {} of {} for {}",
        job.id,
        items(job.total),
        job.user.username
    ));
}
