//! One file per verb, in a folder per group.

mod files;
mod jobs;
mod reference;
mod selection;
mod servers;
mod upkeep;

use clap::Subcommand;

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
    #[command(subcommand)]
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

/// Does it.
///
/// # Errors
/// It could not be done.
pub(crate) async fn run(command: Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Plan(arguments) => files::plan::run(arguments, context).await,
        Command::Apply(arguments) => files::apply::run(arguments, context).await,
        Command::Export(arguments) => files::export::run(arguments, context).await,
        Command::Run(arguments) => selection::run::run(arguments, context).await,
        Command::Jobs(command) => jobs::run(command, context).await,
        Command::Serve(arguments) => servers::serve::run(arguments, context).await,
        Command::Demo(arguments) => servers::demo::run(arguments, context).await,
        Command::Simulate(arguments) => servers::simulate::run(arguments, context).await,
        Command::Doctor(arguments) => upkeep::doctor::run(arguments, context).await,
        Command::Backup(arguments) => upkeep::backup::run(arguments, context).await,
        Command::Restore(arguments) => upkeep::restore::run(arguments, context).await,
        Command::Operations(arguments) => reference::operations::run(&arguments, context),
        Command::Template(arguments) => reference::template::run(&arguments),
        Command::Schema(arguments) => reference::schema::run(&arguments),
        Command::Completions(arguments) => reference::completions::run(&arguments),
        Command::Man(arguments) => reference::man::run(&arguments),
    }
}
