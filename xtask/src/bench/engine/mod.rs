//! What the engine promises in numbers, measured from outside, beside what others do in the same run.

mod large;
mod limited;
mod planning;
mod rivals;
pub(crate) mod rows;
mod unlimited;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use self::rivals::Rivals;
use super::machine::Machine;
use super::page::Page;
use super::table::Table;
use crate::dist;
use crate::programs::{Client, Ended, Simulator};
use crate::workspace::{Workspace, build_release};

const USAGE: &str = "cargo xtask bench engine [--only unlimited|limited|auto|large|planning] [--quick] \
                     [--items N] [--projects N] [--minutes N] [--release] [--check] [--write]";

/// What every part is measured with.
const SETTINGS: &str = "The database is on disk with `synchronous=FULL`; everything else is as it comes.";

/// What was asked for.
struct Arguments {
    only: Option<String>,
    quick: bool,
    items: Option<u32>,
    projects: Option<u32>,
    minutes: Option<u32>,
    /// A program that is quick to build, instead of the one that is given to people.
    release: bool,
    check: bool,
    write: bool,
}

impl Arguments {
    fn parse(words: &[String]) -> Result<Self> {
        let mut arguments = Self {
            only: None,
            quick: false,
            items: None,
            projects: None,
            minutes: None,
            release: false,
            check: false,
            write: false,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().context(USAGE);
            match word.as_str() {
                "--release" => arguments.release = true,
                "--check" => arguments.check = true,
                "--write" => arguments.write = true,
                "--quick" => arguments.quick = true,
                "--only" => arguments.only = Some(value()?.clone()),
                "--items" => arguments.items = Some(value()?.parse()?),
                "--projects" => arguments.projects = Some(value()?.parse()?),
                "--minutes" => arguments.minutes = Some(value()?.parse()?),
                other => bail!("{other} is not known; {USAGE}"),
            }
        }
        ensure!(
            !(arguments.write && (arguments.only.is_some() || arguments.quick)),
            "--write needs all parts in full"
        );
        Ok(arguments)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == part)
    }
}

/// The program under measurement and where things lie.
struct Bench {
    program: PathBuf,
    scratch: PathBuf,
    quick: bool,
}

impl Bench {
    /// That many, or a fifth when it has to be quick.
    fn of(&self, number: u32) -> u32 {
        if self.quick { number / 5 } else { number }
    }

    /// An instance with nothing but users.
    fn simulator(&self, arguments: &[&str]) -> Result<Simulator> {
        let nothing = ["--groups", "0", "--projects", "0", "--users", "20"];
        Simulator::start(&self.program, &[&nothing, arguments].concat())
    }

    /// The command line against it, with a new database.
    fn client<'a>(&'a self, simulator: &'a Simulator, rate: &str) -> Result<Client<'a>> {
        let data = self.scratch.join("data");
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        Ok(Client {
            program: &self.program,
            gitlab_url: &simulator.url,
            data,
            settings: vec![("GITLAB_API_RATE_LIMIT", rate.to_owned())],
        })
    }
}

/// Measures, prints, and with `--check` fails below a floor; `--write` keeps the page in `docs/benchmarks/`.
pub(crate) fn run(words: &[String]) -> Result<ExitCode> {
    let arguments = Arguments::parse(words)?;
    let workspace = Workspace::find()?;
    let bench = Bench {
        program: if arguments.release {
            build_release(&workspace)?
        } else {
            dist::build(&workspace)?
        },
        scratch: workspace.target.join("bench").join("engine"),
        quick: arguments.quick,
    };
    std::fs::create_dir_all(&bench.scratch)?;
    let machine = Machine::look(&workspace);

    let mut tables = Vec::new();
    let mut show = |table: Table| {
        println!("{table}");
        tables.push(table);
    };
    let rivals = Rivals::prepare(&workspace)?;
    if arguments.wants("unlimited") {
        unlimited::measure(&bench, &rivals)?
            .into_iter()
            .for_each(&mut show);
    }
    if arguments.wants("large") {
        show(large::measure(
            &bench,
            arguments.items.unwrap_or(bench.of(100_000)),
        )?);
    }
    if arguments.wants("planning") {
        show(planning::measure(
            &bench,
            &rivals,
            arguments.projects.unwrap_or(bench.of(20_000)),
        )?);
    }
    if arguments.wants("limited") {
        show(limited::by_the_second(&bench)?);
        show(limited::by_the_minute(&bench)?);
    }
    if arguments.wants("auto") {
        show(limited::found_by_itself(
            &bench,
            arguments.minutes.unwrap_or(if bench.quick { 1 } else { 5 }),
        )?);
    }

    let (option, built) = if arguments.release {
        (" --release", "with `cargo build --release`")
    } else {
        ("", "with `cargo xtask dist`")
    };
    let how = format!(
        "Written by `cargo xtask bench engine{option} --write`. `gitlab-bulk simulate` and `gitlab-bulk apply` are two \
         processes on one machine, built {built}; so are the rivals, python-gitlab 8.6.0 and gitlabform 3.16.5, \
         in the same run."
    );
    Page::of("engine", "The engine", &how, &machine, &tables).end(
        &workspace,
        arguments.write,
        arguments.check,
    )
}

/// Applies these files without a question, and insists that everything of them was done.
fn apply(client: &Client<'_>, options: &[&str], files: &[String]) -> Result<Ended> {
    let files = files.iter().map(String::as_str);
    let arguments: Vec<&str> = ["apply", "--yes"]
        .into_iter()
        .chain(options.iter().copied())
        .chain(files)
        .collect();
    let ended = client.run(&arguments)?;
    ensure!(ended.code == Some(0), "apply failed: {}", ended.said);
    Ok(ended)
}

fn number(answer: &Value, at: &str) -> Result<f64> {
    answer
        .pointer(at)
        .and_then(Value::as_f64)
        .with_context(|| format!("no number at {at}"))
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn megabytes(bytes: u64) -> f64 {
    (bytes as f64 / 1_000_000.0).round()
}
