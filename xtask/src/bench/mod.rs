//! `cargo xtask bench …`: figures, each beside its rivals, its floor and what it was measured with.

pub(crate) mod engine;
mod import;
mod journal;
mod machine;
mod page;
pub(crate) mod server;
mod simulator;
mod table;

use std::process::ExitCode;

use anyhow::{Result, bail};

/// Runs the named benchmark.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    match arguments.split_first() {
        Some((name, rest)) if name == "engine" => engine::run(rest),
        Some((name, rest)) if name == "import" => import::run(rest),
        Some((name, rest)) if name == "server" => server::run(rest),
        Some((name, rest)) if name == "simulator" => simulator::run(rest),
        Some((name, _)) => {
            bail!("no benchmark is called {name}; there are engine, import, server and simulator")
        }
        None => bail!("which benchmark? There are engine, import, server and simulator"),
    }
}
