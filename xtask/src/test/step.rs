use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::count::{Count, Runner};
use crate::tools::Missing;
use crate::workspace::Workspace;

/// One thing to check.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Workspace) -> Outcome,
}

/// How a step ended.
pub(crate) enum Outcome {
    /// It was fine; how many tests it stands for.
    Passed(Count),
    /// It was not, and why.
    Failed(Count, String),
    /// A tool is missing, and this is not CI.
    Skipped(String),
}

impl Outcome {
    /// Runs a command that stands for one test.
    pub(crate) fn of(command: &mut Command) -> Self {
        announce(command);
        match command.stdin(Stdio::null()).status() {
            Ok(status) if status.success() => Self::Passed(Count::ONE_PASSED),
            Ok(status) => Self::Failed(Count::ONE_FAILED, status.to_string()),
            Err(error) => Self::Failed(Count::ONE_FAILED, cannot_run(command, &error)),
        }
    }

    /// Runs a test runner, shows what it says and counts its tests.
    pub(crate) fn counted(runner: Runner, command: &mut Command) -> Self {
        announce(command);
        match tee(runner, command) {
            Ok((status, count)) if status.success() => {
                if count.failed == 0 {
                    Self::Passed(count)
                } else {
                    Self::Failed(
                        count,
                        "it reports failures but ended as if all was well".to_owned(),
                    )
                }
            }
            Ok((status, count)) => Self::Failed(
                Count {
                    failed: count.failed.max(1),
                    ..count
                },
                status.to_string(),
            ),
            Err(error) => Self::Failed(Count::ONE_FAILED, cannot_run(command, &error)),
        }
    }
}

impl From<Missing> for Outcome {
    /// What is missing at home is said; in CI it is a failure, or nobody would ever notice.
    fn from(missing: Missing) -> Self {
        let why = missing.to_string();
        if std::env::var("CI").is_ok_and(|ci| ci == "true") {
            Self::Failed(Count::ONE_FAILED, why)
        } else {
            Self::Skipped(why)
        }
    }
}

fn announce(command: &Command) {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| {
            // The folder of a tool is noise here.
            let word = word.to_string_lossy();
            word.rsplit_once("/bin/")
                .map_or_else(|| word.to_string(), |(_, name)| name.to_owned())
        })
        .collect();
    println!("$ {}", words.join(" "));
}

fn cannot_run(command: &Command, error: &std::io::Error) -> String {
    format!("cannot run {}: {error}", command.get_program().to_string_lossy())
}

/// Runs a command, passes both its outputs on and counts the tests that its lines tell of.
fn tee(runner: Runner, command: &mut Command) -> std::io::Result<(std::process::ExitStatus, Count)> {
    let (reader, writer) = std::io::pipe()?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command.spawn()?;
    // The command holds our ends of the pipe; without them gone the reader would never end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut count = Count::default();
    for line in BufReader::new(reader).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        count += Count::in_line(runner, &line);
    }
    Ok((child.wait()?, count))
}
