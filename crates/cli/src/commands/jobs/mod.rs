//! `jobs …`: looking at jobs and steering them.

mod cancel;
mod items;
mod list;
mod pause;
mod resume;
mod retry;
mod show;
mod start;
mod viewer;
mod watch;

use clap::{Args, Subcommand};
use domain::JobId;

use crate::context::Context;
use crate::failure::{Exit, Failure};

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Jobs, newest first
    List(list::Arguments),
    /// One job
    Show(show::Arguments),
    /// The items of a job
    Items(items::Arguments),
    /// Follow a job until it ends
    Watch(watch::Arguments),
    /// Start a planned job and run it in the foreground
    Start(start::Arguments),
    /// Pause a job, also one that another terminal runs
    Pause(pause::Arguments),
    /// Go on with a paused or failed job, or one whose process died
    Resume(resume::Arguments),
    /// End a job: what was not sent never will be
    Cancel(cancel::Arguments),
    /// Run the failed items of an ended job again
    Retry(retry::Arguments),
}

/// Does it.
///
/// # Errors
/// It could not be done.
pub(crate) async fn run(command: Command, context: &Context) -> Result<Exit, Failure> {
    context.without_server()?;
    match command {
        Command::List(arguments) => list::run(arguments, context).await,
        Command::Show(arguments) => show::run(arguments, context).await,
        Command::Items(arguments) => items::run(arguments, context).await,
        Command::Watch(arguments) => watch::run(arguments, context).await,
        Command::Start(arguments) => start::run(arguments, context).await,
        Command::Pause(arguments) => pause::run(arguments, context).await,
        Command::Resume(arguments) => resume::run(arguments, context).await,
        Command::Cancel(arguments) => cancel::run(arguments, context).await,
        Command::Retry(arguments) => retry::run(arguments, context).await,
    }
}

/// Which job.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Which {
    /// The job's id, as `jobs list` shows it
    #[arg(value_name = "ID")]
    id: JobId,
}
