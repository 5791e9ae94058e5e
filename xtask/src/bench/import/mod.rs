//! The main job on real input, measured from outside: two processes, as people run them.

mod rivals;
mod sample;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use self::sample::Sample;
use super::journal::{Journal, moment};
use super::machine::Machine;
use super::page::Page;
use super::table::{Floor, Table};
use crate::programs::{Client, Simulator};
use crate::workspace::{Workspace, build_release};

/// Requests a second of the paced run, and the throttle that it must not meet: 5 % above.
const PACE: f64 = 100.0;
const THROTTLE: &str = "6300/60";
const LATENCY: &str = "50";

const USAGE: &str =
    "cargo xtask bench import [--sample DIR] [--only unlimited|paced|rivals] [--check] [--write]";

/// What was asked for.
#[derive(Default)]
struct Arguments {
    sample: Option<PathBuf>,
    only: Option<String>,
    check: bool,
    write: bool,
}

impl Arguments {
    fn parse(words: &[String]) -> Result<Self> {
        let mut arguments = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--check" => arguments.check = true,
                "--write" => arguments.write = true,
                "--sample" => arguments.sample = Some(words.next().context(USAGE)?.into()),
                "--only" => arguments.only = Some(words.next().context(USAGE)?.clone()),
                other => bail!("{other} is not known; {USAGE}"),
            }
        }
        Ok(arguments)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == part)
    }
}

/// Measures, prints, and with `--check` fails below a floor; `--write` keeps the page in `docs/benchmarks/`.
pub(crate) fn run(words: &[String]) -> Result<ExitCode> {
    let arguments = Arguments::parse(words)?;
    ensure!(
        !(arguments.write && arguments.only.is_some()),
        "--write needs all parts"
    );
    let workspace = Workspace::find()?;
    let sample = Sample::find(&workspace, arguments.sample.as_deref())?;
    let program = build_release(&workspace)?;
    let scratch = workspace.target.join("bench");
    let machine = Machine::look(&workspace);

    let mut tables = Vec::new();
    if arguments.wants("unlimited") {
        tables.push(unlimited(&program, &sample, &scratch)?);
    }
    if arguments.wants("rivals") {
        tables.push(rivals::measure(&workspace, &program)?);
    }
    if arguments.wants("paced") {
        tables.push(paced(&program, &sample, &scratch)?);
    }

    let how = format!(
        "Written by `cargo xtask bench import --write`. `gitlab-bulk simulate` and `gitlab-bulk apply` are two processes \
         of a release build on one machine.\n\n{} groups, {} projects and {} memberships ({} rows).",
        sample.groups,
        sample.projects,
        sample.members,
        sample.rows(),
    );
    let page = Page::of("import", "Importing a real estate", &how, &machine, &tables);
    println!("{page}");
    page.end(&workspace, arguments.write, arguments.check)
}

/// As fast as it goes: the rate, the memory, the estate, and a second run that changes nothing.
fn unlimited(program: &Path, sample: &Sample, scratch: &Path) -> Result<Table> {
    let simulator = Simulator::start(program, &["--groups", "0", "--projects", "0", "--users", "4000"])?;
    let client = client(program, &simulator, scratch, "unlimited")?;

    let broken = sample.with_a_mistake(scratch)?;
    let refused = client.run(&apply(&broken))?;
    ensure!(
        refused.code == Some(2),
        "a mistake must end with 2: {}",
        refused.said
    );
    let after_refusal = simulator.ask("/_sim/stats")?;

    let files = sample.files();
    let first = client.run(&apply(&files))?;
    ensure!(first.code == Some(0), "the import failed: {}", first.said);
    let stats = simulator.ask("/_sim/stats")?;
    let jobs = client.json(&["jobs", "list"])?;
    let again = client.run(&apply(&files))?;
    ensure!(again.code == Some(0), "the second run failed: {}", again.said);
    let after = simulator.ask("/_sim/stats")?;

    let mut table = Table::new(
        "As fast as it goes",
        "`GITLAB_API_RATE_LIMIT=unlimited`, `GITLAB_API_CONCURRENCY` 10 (default), no latency, no throttle, \
         `synchronous=FULL`. The rate counts the whole command: start, reading, validating, planning, sending, \
         recording.",
    );
    let rows = sample.rows();
    table.hold(
        "rows created per second, whole command",
        rows / first.took.as_secs_f64(),
        "rows/s",
        Floor::AtLeast(2_000.0),
    );
    table.add("whole command", first.took.as_secs_f64(), "s");
    table.add(
        "rows per second while the job ran",
        rows / running(&jobs)?.as_secs_f64(),
        "rows/s",
    );
    table.hold(
        "reading and validating all rows, until the one mistake is shown",
        refused.took.as_secs_f64(),
        "s",
        Floor::Below(3.0),
    );
    table.hold(
        "writes sent while a row was wrong",
        number(&after_refusal, "/writes/applied")?,
        "",
        Floor::Exactly(0.0),
    );
    table.hold(
        "peak memory of `gitlab-bulk apply`",
        megabytes(first.peak_memory.max(again.peak_memory)),
        "MB",
        Floor::Below(200.0),
    );
    for (what, at, wanted) in [
        ("groups there are", "/entities/groups", sample.groups),
        ("projects there are", "/entities/projects", sample.projects),
        ("writes that changed something", "/writes/applied", rows),
        (
            "creations refused as duplicate",
            "/writes/rejectedAsDuplicate",
            0.0,
        ),
        ("429 answers", "/rateLimited", 0.0),
    ] {
        table.hold(what, number(&stats, at)?, "", Floor::Exactly(wanted));
    }
    table.add("requests", number(&stats, "/requests/total")?, "");
    table.hold(
        "writes of a second run",
        number(&after, "/writes/applied")? - number(&stats, "/writes/applied")?,
        "",
        Floor::Exactly(0.0),
    );
    table.add("second run", again.took.as_secs_f64(), "s");
    Ok(table)
}

/// At a hundred requests a second against a throttle five per cent above that.
fn paced(program: &Path, sample: &Sample, scratch: &Path) -> Result<Table> {
    let simulator = Simulator::start(
        program,
        &[
            "--groups",
            "0",
            "--projects",
            "0",
            "--users",
            "4000",
            "--latency",
            LATENCY,
            "--rate-limit",
            THROTTLE,
        ],
    )?;
    let client = client(program, &simulator, scratch, "100")?;
    let run = client.run(&apply(&sample.files()))?;
    ensure!(run.code == Some(0), "the import failed: {}", run.said);
    let stats = simulator.ask("/_sim/stats")?;
    let journal = Journal::of(&simulator)?;
    let (requests, seconds) = (journal.requests()?, journal.seconds()?);

    let mut table = Table::new(
        "At a given pace",
        format!(
            "`GITLAB_API_RATE_LIMIT=100`, `GITLAB_API_CONCURRENCY` 10 (default), latency {LATENCY} ms, throttle \
             {THROTTLE} s. The budget is what 100 requests a second allow between the first request and the last, \
             planning included."
        ),
    );
    table.add("requests", requests, "");
    table.add("from the first request to the last", seconds, "s");
    table.hold(
        "budget used",
        100.0 * requests / (PACE * seconds),
        "%",
        Floor::AtLeast(95.0),
    );
    table.hold(
        "429 answers",
        number(&stats, "/rateLimited")?,
        "",
        Floor::Exactly(0.0),
    );
    table.hold(
        "writes that changed something",
        number(&stats, "/writes/applied")?,
        "",
        Floor::Exactly(sample.rows()),
    );
    table.hold(
        "creations refused as duplicate",
        number(&stats, "/writes/rejectedAsDuplicate")?,
        "",
        Floor::Exactly(0.0),
    );
    table.add("requests in flight at most", number(&stats, "/maxInFlight")?, "");
    table.add(
        "peak memory of `gitlab-bulk apply`",
        megabytes(run.peak_memory),
        "MB",
    );
    Ok(table)
}

fn client<'a>(program: &'a Path, simulator: &'a Simulator, scratch: &Path, rate: &str) -> Result<Client<'a>> {
    let data = scratch.join(format!("data-{rate}"));
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    Ok(Client {
        program,
        gitlab_url: &simulator.url,
        data,
        settings: vec![("GITLAB_API_RATE_LIMIT", rate.to_owned())],
    })
}

fn apply(files: &[String]) -> Vec<&str> {
    std::iter::once("apply")
        .chain(files.iter().map(String::as_str))
        .chain(["--yes"])
        .collect()
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

/// How long the newest job ran.
fn running(jobs: &Value) -> Result<Duration> {
    let job = jobs.pointer("/jobs/0").context("there is no job")?;
    let time = |field: &str| {
        moment(
            job[field]
                .as_str()
                .with_context(|| format!("the job has no {field}"))?,
        )
    };
    Ok((time("finishedAt")? - time("startedAt")?).unsigned_abs())
}
