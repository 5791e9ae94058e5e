use std::io::Write;

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use crate::failure::{Exit, Failure};
use crate::output::results;

/// `man`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk man | man -l -\n  \
    gitlab-bulk man jobs resume > gitlab-bulk-jobs-resume.1")]
pub(crate) struct Arguments {
    /// The command whose page is wanted; the program's own when not given
    #[arg(value_name = "COMMAND")]
    path: Vec<String>,
}

/// Prints a page of the manual.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut program = crate::arguments::Arguments::command();
    program.build();
    let mut command = &program;
    for name in &arguments.path {
        command = command
            .find_subcommand(name)
            .ok_or_else(|| Failure::usage(format!("there is no command `{}`", arguments.path.join(" "))))?;
    }
    let page = Man::new(command.clone());
    let mut out = results();
    page.render(&mut out)?;
    out.flush()?;
    Ok(Exit::Done)
}
