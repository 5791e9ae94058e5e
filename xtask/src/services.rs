//! `cargo xtask services COMMAND…`: runs it with a PostgreSQL and a Redis of its own.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use test_services::Services;

pub(crate) fn run(words: &[String]) -> Result<ExitCode> {
    let Some((program, arguments)) = words.split_first() else {
        bail!("name a command to run, like: cargo xtask services cargo test -p storage");
    };
    let services = Services::start()?;
    let mut command = Command::new(program);
    let status = services
        .tell(command.args(arguments))
        .status()
        .with_context(|| format!("cannot run {program}"))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
