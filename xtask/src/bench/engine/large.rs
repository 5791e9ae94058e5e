use anyhow::{Context, Result, ensure};

use super::rows::{Rows, Settings, files};
use super::{Bench, megabytes, number};
use crate::bench::journal::Journal;
use crate::bench::table::{Floor, Table};
use crate::http::Connection;
use crate::programs::Process;

/// One job of very many items: its memory, and whether the last items cost what the first did.
pub(super) fn measure(bench: &Bench, items: u32) -> Result<Table> {
    let rows = Rows::new(200, items);
    let step = items / 10;
    let mut table = Table::new(
        "One large job",
        format!(
            "{} rows on an empty instance, no limit, no latency. The processor time is that of `gitlab-bulk apply` \
             alone, for every {step} writes that GitLab has done; that of the simulator is its own. {}",
            rows.all(),
            super::SETTINGS
        ),
    );
    let simulator = bench.simulator(&[])?;
    let folder = rows.write(&bench.scratch.join("rows-large"), Settings::First)?;
    let client = bench.client(&simulator, "unlimited")?;
    let mut stats = Connection::open(&simulator.url)?;
    let mut samples = Samples::default();
    let files = files(&folder, &["groups", "projects", "members"])?;
    let arguments: Vec<&str> = std::iter::once("apply")
        .chain(files.iter().map(String::as_str))
        .chain(["--yes"])
        .collect();
    let ended = client.run_watched(&arguments, |process: &Process| {
        let stats = stats.request("GET", "/_sim/stats", None, None)?.json()?;
        // The process may have ended since it was last looked for.
        if let Ok(spent) = process.core_seconds() {
            samples.take(number(&stats, "/writes/applied")?, spent);
        }
        Ok(())
    })?;
    ensure!(ended.code == Some(0), "the job failed: {}", ended.said);
    let stats = simulator.ask("/_sim/stats")?;

    table.hold(
        "peak memory",
        megabytes(ended.peak_memory),
        "MB",
        Floor::Below(250.0),
    );
    table.add("whole command", ended.took.as_secs_f64(), "s");
    let step = f64::from(step);
    let spent = samples.steps(step, rows.all());
    let (first, last) = ends(&spent)?;
    table.add(
        "processor time of an item, the first tenth",
        first / step * 1e6,
        "µs",
    );
    table.add(
        "processor time of an item, the last tenth",
        last / step * 1e6,
        "µs",
    );
    table.hold("last against first", last / first, "×", Floor::Below(1.25));
    let journal = Journal::of(&simulator)?;
    let took = journal.steps(usize::try_from(items / 10)?);
    let (first, last) = ends(&took)?;
    table.add("time of an item, the first tenth", first / step * 1e6, "µs");
    table.add("time of an item, the last tenth", last / step * 1e6, "µs");
    table.add(
        "last against first, the simulator's growth included",
        last / first,
        "×",
    );
    table.hold(
        "writes that changed something",
        number(&stats, "/writes/applied")?,
        "",
        Floor::Exactly(rows.all()),
    );
    table.add("simulator's peak memory", simulator.peak_megabytes(), "MB");
    Ok(table)
}

fn ends(steps: &[f64]) -> Result<(f64, f64)> {
    steps
        .first()
        .copied()
        .zip(steps.last().copied())
        .context("there were too few samples")
}

/// Processor time against writes done, as far as it was looked at.
#[derive(Default)]
struct Samples(Vec<(f64, f64)>);

impl Samples {
    fn take(&mut self, done: f64, spent: f64) {
        self.0.push((done, spent));
    }

    /// What each `step` of `all` writes took; in a straight line between two looks.
    fn steps(&self, step: f64, all: f64) -> Vec<f64> {
        let mut steps = Vec::new();
        // What came before the first write is planning.
        let mut before = self.spent_at(1.0);
        let mut done = step;
        while done < all {
            let at = self.spent_at(done);
            if let (Some(before), Some(at)) = (before, at) {
                steps.push(at - before);
            }
            before = at;
            done += step;
        }
        steps
    }

    fn spent_at(&self, done: f64) -> Option<f64> {
        let after = self.0.partition_point(|(writes, _)| *writes < done);
        let (later, until) = self.0.get(after)?;
        let (earlier, since) = self.0.get(after.checked_sub(1)?)?;
        Some(since + (until - since) * (done - earlier) / (later - earlier))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_step_took_is_read_between_two_looks() {
        let mut samples = Samples::default();
        for (done, spent) in [(0.0, 5.0), (100.0, 6.0), (200.0, 8.0), (250.0, 9.0)] {
            samples.take(done, spent);
        }
        let steps = samples.steps(100.0, 250.0);
        assert_eq!(steps.len(), 2);
        assert!((steps[0] - 0.99).abs() < 1e-9, "{steps:?}");
        assert!((steps[1] - 2.0).abs() < 1e-9, "{steps:?}");
    }
}
