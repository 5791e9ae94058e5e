//! `jobs …`: looking at jobs and steering them.

mod cancel;
mod items;
mod list;
mod pause;
mod resolve;
mod results;
mod resume;
mod retry;
mod show;
mod start;
mod undo;
mod verify;
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
    /// Reverse what a job did, in a new job
    Undo(undo::Arguments),
    /// Look whether GitLab still has everything as a job left it
    Verify(verify::Arguments),
    /// Settle an item of which nobody can tell what became of it
    Resolve(resolve::Arguments),
    /// What became of the items, as a file; failed rows can be mended and applied again
    Results(results::Arguments),
}

/// Does it.
///
/// # Errors
/// It could not be done.
pub(crate) async fn run(command: Command, context: &Context) -> Result<Exit, Failure> {
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
        Command::Undo(arguments) => undo::run(arguments, context).await,
        Command::Verify(arguments) => verify::run(arguments, context).await,
        Command::Resolve(arguments) => resolve::run(arguments, context).await,
        Command::Results(arguments) => results::run(arguments, context).await,
    }
}

/// Which job.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Which {
    /// The job's id, as `jobs list` shows it
    #[arg(value_name = "ID")]
    id: JobId,
}
