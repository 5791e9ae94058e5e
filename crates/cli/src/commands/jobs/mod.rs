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

use crate::commands::{Running, apart};
use crate::context::Context;

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
pub(crate) fn run(command: Command, context: &Context) -> Running<'_> {
    match command {
        Command::List(arguments) => apart(|| list::run(arguments, context)),
        Command::Show(arguments) => apart(|| show::run(arguments, context)),
        Command::Items(arguments) => apart(|| items::run(arguments, context)),
        Command::Watch(arguments) => apart(|| watch::run(arguments, context)),
        Command::Start(arguments) => apart(|| start::run(arguments, context)),
        Command::Pause(arguments) => apart(|| pause::run(arguments, context)),
        Command::Resume(arguments) => apart(|| resume::run(arguments, context)),
        Command::Cancel(arguments) => apart(|| cancel::run(arguments, context)),
        Command::Retry(arguments) => apart(|| retry::run(arguments, context)),
        Command::Undo(arguments) => apart(|| undo::run(arguments, context)),
        Command::Verify(arguments) => apart(|| verify::run(arguments, context)),
        Command::Resolve(arguments) => apart(|| resolve::run(arguments, context)),
        Command::Results(arguments) => apart(|| results::run(arguments, context)),
    }
}

/// Which job.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Which {
    /// The job's id, as `jobs list` shows it
    #[arg(value_name = "ID")]
    id: JobId,
}
