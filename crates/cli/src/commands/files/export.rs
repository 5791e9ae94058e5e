use std::io::Write as _;

use clap::{Args, ValueEnum};
use config::Purpose;
use engine::export::{ExportError, ExportFormat, ExportOptions, export, sections};
use engine::operations;
use futures::io::AllowStdIo;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::foreground::Desk;
use crate::output::{results, talk};
use crate::remote::Remote;

/// What was left out that is said one by one.
const SHOWN: usize = 20;
/// Bytes at the end of a manifest in which a server says what was left out.
const END: usize = 64 * 1024;

/// `export`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk export > estate.yaml\n  \
    gitlab-bulk export --group acme/platform --include members,labels > platform.yaml\n  \
    gitlab-bulk export --format csv --only projects > projects.csv\n\n\
    `gitlab-bulk plan` of what it prints says that nothing would change. Values of variables and other secrets\n\
    are never part of it.")]
pub(crate) struct Arguments {
    /// Only this group and what is below it: full path or number
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// As what to write it
    #[arg(long, short, value_enum, default_value_t)]
    format: FileFormat,
    /// What to read and write besides groups and projects, separated by commas: members, labels … or `all`; each
    /// costs a request per group and project
    #[arg(long, value_name = "SECTIONS", value_delimiter = ',')]
    include: Vec<String>,
    /// Every setting, instead of those that a new group or project is made with
    #[arg(long)]
    all_settings: bool,
    /// What the rows are, for CSV: groups, projects, or a section such as members; projects when not given
    #[arg(long, value_name = "KIND")]
    only: Option<String>,
}

/// Formats of an export.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum FileFormat {
    /// A manifest
    #[default]
    Yaml,
    /// A manifest
    Json,
    /// Rows of one kind
    Csv,
}

impl Arguments {
    fn options(&self) -> Result<ExportOptions, Failure> {
        let mut include: Vec<String> = self.include.clone();
        let format = match (self.format, &self.only) {
            (FileFormat::Yaml, None) => ExportFormat::Yaml,
            (FileFormat::Json, None) => ExportFormat::Json,
            (FileFormat::Csv, Some(of)) => {
                if !matches!(of.as_str(), "groups" | "projects") && !include.contains(of) {
                    include.push(of.clone());
                }
                ExportFormat::Csv { of: of.clone() }
            }
            (FileFormat::Csv, None) => {
                talk::say(
                    "A table has rows of one kind: these are projects. Others: --only groups, --only members …",
                );
                ExportFormat::Csv {
                    of: "projects".to_owned(),
                }
            }
            (FileFormat::Yaml | FileFormat::Json, Some(_)) => {
                return Err(Failure::usage("--only is for --format csv")
                    .advise("a manifest has everything; choose its sections with --include"));
            }
        };
        if include.iter().any(|name| name == "all") {
            include = sections(&operations::registry())
                .into_iter()
                .map(str::to_owned)
                .collect();
        }
        Ok(ExportOptions {
            group: self.group.clone(),
            include,
            all_settings: self.all_settings,
            format,
        })
    }
}

/// Prints the estate as a manifest.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let options = arguments.options()?;
    if let Some(remote) = context.remote()? {
        return of_server(&arguments, &options, &remote).await;
    }
    let desk = Desk::with_config(context.config(Purpose::Command)?, context).await?;
    let registry = operations::registry();
    let mut out = AllowStdIo::new(results());
    let exported = export(&registry, &desk.connection.gitlab, &options, &mut out)
        .await
        .map_err(failed)?;
    say_left_out(&exported.left_out);
    talk::say(&format!(
        "{} groups and {} projects of {}",
        exported.groups, exported.projects, desk.config.gitlab.url
    ));
    Ok(Exit::Done)
}

/// Prints the estate as a server reads it.
async fn of_server(arguments: &Arguments, options: &ExportOptions, remote: &Remote) -> Result<Exit, Failure> {
    let (format, only) = match &options.format {
        ExportFormat::Yaml => ("yaml", None),
        ExportFormat::Json => ("json", None),
        ExportFormat::Csv { of } => ("csv", Some(of.clone())),
    };
    let mut query = vec![
        ("format", format.to_owned()),
        ("include", options.include.join(",")),
        ("allSettings", options.all_settings.to_string()),
        ("group", arguments.group.clone().unwrap_or_default()),
        ("only", only.unwrap_or_default()),
    ];
    query.retain(|(_, value)| !value.is_empty());
    let mut file = remote.download("api/export", &query).await?;
    let mut out = results();
    let mut end: Vec<u8> = Vec::new();
    while let Some(piece) = remote.piece(&mut file).await? {
        out.write_all(&piece)?;
        end.extend_from_slice(&piece);
        if end.len() > 2 * END {
            end.drain(..end.len() - END);
        }
    }
    out.flush()?;
    if options.format == ExportFormat::Yaml {
        let end = String::from_utf8_lossy(&end);
        let left_out: Vec<&str> = end
            .lines()
            .filter_map(|line| line.strip_prefix("# left out: "))
            .collect();
        say_left_out(&left_out);
    }
    Ok(Exit::Done)
}

fn say_left_out(left_out: &[impl std::fmt::Display]) {
    for why in left_out.iter().take(SHOWN) {
        talk::warn(&format!("left out: {why}"));
    }
    if left_out.len() > SHOWN {
        talk::warn(&format!("left out: and {} more", left_out.len() - SHOWN));
    }
}

fn failed(error: ExportError) -> Failure {
    match error {
        ExportError::Gitlab(error) => error.into(),
        ExportError::Write(error) => error.into(),
        ExportError::NoGroup(_) | ExportError::Unknown { .. } => Failure::usage(error.to_string()),
    }
}
