//! The server beside other ways to stand between a client and GitLab, and beside Node's Socket.IO.

pub(crate) mod load;
mod needs;
mod proxied;
pub(crate) mod proxies;
mod sockets;
mod started;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};

use super::machine::Machine;
use super::page::Page;
use super::table::Table;
use crate::dist;
use crate::workspace::{Workspace, build_release};

const USAGE: &str =
    "cargo xtask bench server [--only proxied|sockets|start] [--quick] [--release] [--check] [--write]";

/// What was asked for.
#[derive(Default)]
struct Arguments {
    only: Option<String>,
    quick: bool,
    /// A program that is quick to build, instead of the one that is given to people.
    release: bool,
    check: bool,
    write: bool,
}

impl Arguments {
    fn parse(words: &[String]) -> Result<Self> {
        let mut arguments = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--only" => {
                    let part = words.next().context(USAGE)?;
                    ensure!(
                        matches!(part.as_str(), "proxied" | "sockets" | "start"),
                        "{part} is not a part; {USAGE}"
                    );
                    arguments.only = Some(part.clone());
                }
                "--quick" => arguments.quick = true,
                "--release" => arguments.release = true,
                "--check" => arguments.check = true,
                "--write" => arguments.write = true,
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
    workspace: Workspace,
    program: PathBuf,
    scratch: PathBuf,
    quick: bool,
}

impl Bench {
    /// That many, or a sixth when it has to be quick.
    fn of(&self, number: u32) -> u32 {
        if self.quick { number / 6 } else { number }
    }
}

/// Measures, prints, and with `--check` fails below a floor; `--write` keeps the page in `docs/benchmarks/`.
pub(crate) fn run(words: &[String]) -> Result<ExitCode> {
    let arguments = Arguments::parse(words)?;
    needs::check()?;
    let workspace = Workspace::find()?;
    let (option, built, program) = if arguments.release {
        let program = build_release(&workspace)?;
        (" --release", "with `cargo build --release`", program)
    } else {
        ("", "with `cargo xtask dist`", dist::build(&workspace)?)
    };
    let scratch = workspace.target.join("bench").join("server");
    std::fs::create_dir_all(&scratch)?;
    let machine = Machine::look(&workspace);
    let bench = Bench {
        workspace,
        program,
        scratch,
        quick: arguments.quick,
    };

    let mut tables: Vec<Table> = Vec::new();
    if arguments.wants("proxied") {
        tables.push(proxied::measure(&bench)?);
    }
    if arguments.wants("sockets") {
        tables.extend(sockets::measure(&bench)?);
    }
    if arguments.wants("start") {
        tables.push(started::measure(&bench)?);
    }
    let how = format!(
        "Written by `cargo xtask bench server{option} --write`; built {built}. GitLab is `gitlab-bulk \
         simulate`; requests come from sixteen connections over loopback, and clients, proxies and GitLab share the \
         machine."
    );
    let page = Page::of(
        "server",
        "The server between a client and GitLab",
        &how,
        &machine,
        &tables,
    );
    println!("{page}");
    page.end(&bench.workspace, arguments.write, arguments.check)
}
