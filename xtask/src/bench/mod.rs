//! `cargo xtask bench …`: figures, each beside its rivals, its floor and what it was measured with.

mod import;
mod machine;
mod table;

use std::process::ExitCode;

use anyhow::{Result, bail};

/// Runs the named benchmark.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    match arguments.split_first() {
        Some((name, rest)) if name == "import" => import::run(rest),
        Some((name, _)) => bail!("no benchmark is called {name}; there is import"),
        None => bail!("which benchmark? There is import"),
    }
}
