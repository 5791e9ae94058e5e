//! One file per verb, in a folder per group.

mod files;
mod jobs;
mod reference;
mod selection;
mod servers;
mod upkeep;

use std::future::{Future, ready};

use clap::Subcommand;
use futures::future::BoxFuture;

use crate::context::Context;
use crate::failure::{Exit, Failure};

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Validate files and show what would change, field by field; changes nothing
    Plan(files::plan::Arguments),
    /// Plan, ask, and run as a durable job with progress; Ctrl-C pauses it safely
    Apply(files::apply::Arguments),
    /// Print the estate as a manifest that plans as unchanged
    Export(files::export::Arguments),
    /// One operation on everything that a selector names: plan, ask, and run as a durable job
    Run(selection::run::Arguments),
    /// Look at jobs and steer them
    #[command(
        subcommand,
        after_help = "Examples:\n  \
            gitlab-bulk jobs list --status paused\n  \
            gitlab-bulk jobs resume 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c"
    )]
    Jobs(jobs::Command),
    /// The server: HTTP API and Socket.IO
    Serve(servers::serve::Arguments),
    /// A simulated GitLab, a server and a sample import that one can watch; nothing else needed
    Demo(servers::demo::Arguments),
    /// A GitLab in memory, for trying things out
    Simulate(servers::simulate::Arguments),
    /// Is everything as it has to be, and if not, what mends it
    Doctor(upkeep::doctor::Arguments),
    /// A copy of the embedded database, also while it is in use
    Backup(upkeep::backup::Arguments),
    /// Put a copy back in the database's place
    Restore(upkeep::restore::Arguments),
    /// What can be done: every operation
    Operations(reference::operations::Arguments),
    /// A filled example of an operation's file
    Template(reference::template::Arguments),
    /// The JSON Schema of a manifest, for editors
    Schema(reference::schema::Arguments),
    /// Completions for a shell
    Completions(reference::completions::Arguments),
    /// A page of the manual, in roff
    Man(reference::man::Arguments),
}

/// A command that is being carried out.
pub(crate) type Running<'c> = BoxFuture<'c, Result<Exit, Failure>>;

/// Makes a command's state in a frame of its own and keeps it on the heap: without optimisation, one `match` keeps
/// room for the states of all its arms on the stack, which was half of what a thread has.
fn apart<'c, F>(make: impl FnOnce() -> F) -> Running<'c>
where
    F: Future<Output = Result<Exit, Failure>> + Send + 'c,
{
    Box::pin(make())
}

/// Does it.
///
/// # Errors
/// It could not be done.
pub(crate) fn run(command: Command, context: &Context) -> Running<'_> {
    match command {
        Command::Plan(arguments) => apart(|| files::plan::run(arguments, context)),
        Command::Apply(arguments) => apart(|| files::apply::run(arguments, context)),
        Command::Export(arguments) => apart(|| files::export::run(arguments, context)),
        Command::Run(arguments) => apart(|| selection::run::run(arguments, context)),
        Command::Jobs(command) => apart(|| jobs::run(command, context)),
        Command::Serve(arguments) => apart(|| servers::serve::run(arguments, context)),
        Command::Demo(arguments) => apart(|| servers::demo::run(arguments, context)),
        Command::Simulate(arguments) => apart(|| servers::simulate::run(arguments, context)),
        Command::Doctor(arguments) => apart(|| upkeep::doctor::run(arguments, context)),
        Command::Backup(arguments) => apart(|| upkeep::backup::run(arguments, context)),
        Command::Restore(arguments) => apart(|| upkeep::restore::run(arguments, context)),
        Command::Operations(arguments) => Box::pin(ready(reference::operations::run(&arguments, context))),
        Command::Template(arguments) => Box::pin(ready(reference::template::run(&arguments))),
        Command::Schema(arguments) => Box::pin(ready(reference::schema::run(&arguments))),
        Command::Completions(arguments) => Box::pin(ready(reference::completions::run(&arguments))),
        Command::Man(arguments) => Box::pin(ready(reference::man::run(&arguments))),
    }
}
