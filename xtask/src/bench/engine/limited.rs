use anyhow::Result;

use super::rows::{Rows, Settings, files};
use super::{Bench, apply, number};
use crate::bench::journal::Journal;
use crate::bench::table::{Floor, Table};

/// Requests a second that the instance lets one user make, on average.
const RATE: u32 = 100;
/// As far as the instance is away in these parts, in milliseconds.
const LATENCY: &str = "50";

/// The instance counts by the second, and the same number is configured.
pub(super) fn by_the_second(bench: &Bench) -> Result<Table> {
    let seconds = bench.of(60);
    let mut table = Table::new(
        "A limit by the second, known",
        format!(
            "The instance lets {RATE} requests through in each second and refuses the next; \
             `GITLAB_API_RATE_LIMIT={RATE}`. {LATENCY} ms away."
        ),
    );
    let run = create(bench, &format!("{RATE}/1"), &RATE.to_string(), RATE * seconds)?;
    run.hold(&mut table, 97.0)?;
    Ok(table)
}

/// The instance counts by the minute, as GitLab does, and the same number is configured.
pub(super) fn by_the_minute(bench: &Bench) -> Result<Table> {
    let seconds = bench.of(180);
    let mut table = Table::new(
        "A limit by the minute, known",
        format!(
            "The instance lets {} requests through in each minute, as GitLab counts, and refuses the next; \
             `GITLAB_API_RATE_LIMIT={RATE}`. {LATENCY} ms away.",
            RATE * 60
        ),
    );
    let limit = format!("{}/60", RATE * 60);
    let run = create(bench, &limit, &RATE.to_string(), RATE * seconds)?;
    run.hold(&mut table, 97.0)?;
    Ok(table)
}

/// Nothing is configured but `auto`, and nothing is known at the start.
pub(super) fn found_by_itself(bench: &Bench, minutes: u32) -> Result<Table> {
    let seconds = f64::from(minutes * 60);
    let mut table = Table::new(
        "A limit found by itself",
        format!(
            "The same limit by the minute; `GITLAB_API_RATE_LIMIT=auto` with a new database, {minutes} minutes from \
             the first request on. {LATENCY} ms away."
        ),
    );
    let limit = format!("{}/60", RATE * 60);
    let run = create(bench, &limit, "auto", RATE * minutes * 60 * 102 / 100)?;
    let requests = run.journal.within(seconds)?;
    table.hold(
        "limit used",
        100.0 * requests / (f64::from(RATE) * seconds),
        "%",
        Floor::AtLeast(95.0),
    );
    table.add("requests", requests, "");
    table.add("of these in the first ten seconds", run.journal.within(10.0)?, "");
    table.hold("429 answers", run.refused, "", Floor::Exactly(0.0));
    Ok(table)
}

/// What an instance with a limit saw of a job.
struct Run {
    journal: Journal,
    refused: f64,
    applied: f64,
    rows: Rows,
}

impl Run {
    fn hold(&self, table: &mut Table, percent: f64) -> Result<()> {
        let (requests, seconds) = (self.journal.requests()?, self.journal.seconds()?);
        table.add("requests", requests, "");
        table.add("from the first request to the last", seconds, "s");
        table.hold(
            "budget used",
            100.0 * requests / (f64::from(RATE) * seconds),
            "%",
            Floor::AtLeast(percent),
        );
        table.hold("429 answers", self.refused, "", Floor::Exactly(0.0));
        table.hold(
            "writes that changed something",
            self.applied,
            "",
            Floor::Exactly(self.rows.all()),
        );
        Ok(())
    }
}

fn create(bench: &Bench, limit: &str, rate: &str, projects: u32) -> Result<Run> {
    let simulator = bench.simulator(&["--latency", LATENCY, "--rate-limit", limit])?;
    let rows = Rows::new(20, projects);
    let folder = rows.write(&bench.scratch.join("rows-limited"), Settings::First)?;
    let client = bench.client(&simulator, rate)?;
    apply(&client, &[], &files(&folder, &["groups", "projects", "members"])?)?;
    let stats = simulator.ask("/_sim/stats")?;
    Ok(Run {
        journal: Journal::of(&simulator)?,
        refused: number(&stats, "/rateLimited")?,
        applied: number(&stats, "/writes/applied")?,
        rows,
    })
}
