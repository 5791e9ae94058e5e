use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::workspace::{Workspace, build_release};

/// Builds the program and becomes `gitlab-bulk demo`.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let program = build_release(&workspace)?;
    let mut demo = Command::new(&program);
    demo.arg("demo").args(arguments).current_dir(&workspace.root);
    become_program(&mut demo).with_context(|| format!("cannot run {}", program.display()))
}

/// The program takes this process over, so that Ctrl-C and its exit code are its own.
#[cfg(unix)]
fn become_program(command: &mut Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> std::io::Result<ExitCode> {
    let status = command.status()?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}
