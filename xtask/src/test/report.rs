use std::process::ExitCode;
use std::time::Duration;

use super::count::Count;
use super::step::{Outcome, Step};
use crate::stopwatch::Stopwatch;
use crate::workspace::Workspace;

/// What has been run, for the table at the end.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
}

struct Line {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

impl Report {
    /// Runs a step and remembers how it went. Steps do not depend on each other: what fails in one is
    /// no reason not to hear about the next.
    pub(crate) fn run(&mut self, step: &Step, workspace: &Workspace) {
        println!("\n── {} ──", step.name);
        let stopwatch = Stopwatch::start();
        let outcome = (step.run)(workspace);
        let line = Line {
            name: step.name,
            outcome,
            took: stopwatch.elapsed(),
        };
        println!("{line}");
        self.lines.push(line);
    }

    /// Prints the table and the closing line.
    pub(crate) fn close(self) -> ExitCode {
        println!("\n── all ──");
        let mut total = Count::default();
        for line in &self.lines {
            println!("{line}");
            match &line.outcome {
                Outcome::Passed(count) | Outcome::Failed(count, _) => total += *count,
                Outcome::Skipped(_) => total.skipped += 1,
            }
        }
        println!();
        if total.skipped == 0 {
            println!("{} passed, {} failed", total.passed, total.failed);
        } else {
            println!(
                "{} passed, {} failed, {} skipped",
                total.passed, total.failed, total.skipped
            );
        }
        if total.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (word, why) = match &self.outcome {
            Outcome::Passed(count) if count.passed > 1 => ("ok", format!("{} tests", count.passed)),
            Outcome::Passed(_) => ("ok", String::new()),
            Outcome::Failed(_, why) => ("FAILED", why.clone()),
            Outcome::Skipped(why) => ("skipped", why.clone()),
        };
        let line = format!(
            "{word:<8}{:<17}{:>7.1} s  {why}",
            self.name,
            self.took.as_secs_f64()
        );
        f.write_str(line.trim_end())
    }
}
