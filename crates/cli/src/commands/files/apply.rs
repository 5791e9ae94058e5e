use clap::Args;
use config::Purpose;

use super::input::Input;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::foreground::{Consent, Desk};
use crate::output::talk;

/// `apply FILE…`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk apply groups.csv projects.csv members.csv\n  \
    gitlab-bulk apply --yes --update-existing projects.yaml\n  \
    gitlab-bulk apply --allow-removals 20 manifest.yaml\n  \
    gitlab-bulk apply --type members --map Login=username --map Role=access_level people.csv\n\n\
    Ctrl-C pauses the job: what is under way is finished, and `gitlab-bulk jobs resume ID` goes on.\n\
    Applying the same files again changes nothing.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Run the plan without asking
    #[arg(long, short)]
    yes: bool,
    /// The text that a destructive plan asks for
    #[arg(long, value_name = "TEXT")]
    confirm: Option<String>,
}

const DRY_RUN: &str = "planned only: the file says dryRun";

/// Validates, plans, asks, and runs to the end.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    if let Some(remote) = context.remote()? {
        let sent = arguments.input.send(&remote).await?;
        let consent = Consent {
            yes: arguments.yes,
            confirm: arguments.confirm,
        };
        if sent.job.options.dry_run {
            talk::warn(DRY_RUN);
            remote.show_plan(sent.id()).await?;
            return Ok(Exit::Done);
        }
        return remote.carry_out(sent.id(), &consent).await;
    }
    let config = context.config(Purpose::Command)?;
    let imported = arguments.input.read(context.clock().now())?;
    let desk = Desk::for_changes(config, context).await?;
    let consent = Consent {
        yes: arguments.yes,
        confirm: arguments.confirm.clone(),
    };
    let job = arguments
        .input
        .create_job(
            imported,
            arguments.confirm,
            &desk.composition.engine,
            &desk.connection,
        )
        .await?;
    let lock = desk.lock(job.id)?;
    if job.options.dry_run {
        talk::warn(DRY_RUN);
        desk.show_plan(job.id).await?;
        return Ok(Exit::Done);
    }
    desk.carry_out(job.id, lock, &consent).await
}
