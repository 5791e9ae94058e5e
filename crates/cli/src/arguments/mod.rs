mod limits;
#[cfg(test)]
mod reference;

use std::path::PathBuf;

use clap::{Args, Parser};

pub(crate) use limits::Limits;

use crate::commands::Command;
use crate::output::Format;

/// Bulk changes to GitLab, as durable jobs that survive everything.
#[derive(Debug, Parser)]
#[command(
    name = "gitlab-bulk",
    version,
    about,
    max_term_width = 100,
    after_help = "Results go to stdout, talk to stderr.\n\
        Exit codes: 0 done, 1 some items failed or are unconfirmed, 2 wrong usage or invalid input,\n\
        3 GitLab or server unreachable, 4 not permitted, 130 interrupted.\n\n\
        Examples:\n  \
        gitlab-bulk demo\n  \
        gitlab-bulk template create_group --format csv > groups.csv\n  \
        gitlab-bulk apply groups.csv projects.csv members.csv"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// How results are printed
    #[arg(
        long,
        short,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub(crate) output: Format,
    /// A TOML file with settings; the environment wins over it
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Let this server do it (plan, apply, run, export, jobs); its API key is in `GITLAB_BULK_API_KEY`
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) server: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Arguments;

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example() {
        fn check(command: &clap::Command, path: &str) {
            for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
                let path = format!("{path} {}", inner.get_name());
                let help = inner
                    .get_after_help()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                assert!(help.contains(&path), "`{path} --help` shows no example of itself");
                check(inner, &path);
            }
        }
        check(&Arguments::command(), "gitlab-bulk");
    }
}
