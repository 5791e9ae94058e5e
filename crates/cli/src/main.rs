//! `gitlab-bulk`: bulk changes to GitLab, as durable jobs.
//!
//! The one `main` and the one place where everything is put together ([`composition`]). Commands read
//! their arguments, ask the engine, and print: results on stdout, talk on stderr. They hold no rules.

mod arguments;
mod commands;
mod composition;
mod context;
mod core_dump;
mod failure;
mod foreground;
mod interrupts;
mod logging;
mod output;
mod program;
#[cfg(test)]
mod reference;
mod remote;
mod retention;
mod secret;
mod traces;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::Arguments;
use crate::context::Context;

/// Jobs make many small, short-lived objects; this allocator keeps them compact and is quick about it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    gitlab_client::install_crypto();
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(
                std::io::stderr(),
                "error: the program cannot start its threads: {error}"
            );
            return ExitCode::FAILURE;
        }
    };
    // On a thread of the runtime, beside the connections: this one would have to be woken for every answer, which
    // takes longer than most of what it would do then.
    let command = runtime.spawn(async move {
        let context = Context::new(&arguments.global);
        let result = commands::run(arguments.command, &context).await;
        context.output().finish(result)
    });
    let exit = match runtime.block_on(command) {
        Ok(exit) => exit,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    traces::finish();
    // A thread may still wait for a line on stdin; nobody will read it.
    runtime.shutdown_background();
    exit.into()
}
