use std::io::Write;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::failure::{Exit, Failure};
use crate::output::results;

/// `completions SHELL`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk completions bash > ~/.local/share/bash-completion/completions/gitlab-bulk\n  \
    gitlab-bulk completions zsh > ~/.zfunc/_gitlab-bulk")]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints a completion script.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    // The generator panics when its writer fails, so it does not get ours.
    let mut script = Vec::new();
    let mut command = crate::arguments::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "gitlab-bulk", &mut script);
    let mut out = results();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Exit::Done)
}
