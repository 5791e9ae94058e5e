use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Bench;
use crate::bench::table::{Floor, Table};
use crate::http::Connection;
use crate::programs::Simulator;
use crate::stopwatch::Stopwatch;

const STARTS: usize = 11;

/// From the start of the process to its first answer.
pub(super) fn measure(bench: &Bench) -> Result<Table> {
    let data = bench.scratch.join("server-start");
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data)?;
    let mut taken = Vec::new();
    for _ in 0..STARTS {
        let stopwatch = Stopwatch::start();
        let server = Simulator::spawned(
            Command::new(&bench.program)
                .arg("serve")
                .env_clear()
                .env("PORT", "0")
                .env("DATA_DIR", &data)
                .env("LOG_LEVEL", "warn")
                .current_dir(&data),
        )?;
        let answer = Connection::open(&server.url)?
            .get("/health", "")
            .context("no answer")?;
        ensure!(answer.status == 200, "it is not well: {}", answer.status);
        taken.push(stopwatch.elapsed().as_secs_f64() * 1000.0);
        server.stop()?;
    }
    let first = taken.remove(0);
    taken.sort_by(f64::total_cmp);
    let mut table = Table::new(
        "Starting",
        format!(
            "From the start of the process to its answer to `GET /health`; once with a new database, which it makes, and \
             {} times with that one.",
            taken.len()
        ),
    );
    table.hold(
        "median of starts with a database",
        taken[taken.len() / 2],
        "ms",
        Floor::Below(150.0),
    );
    table.add("slowest of them", *taken.last().context("no start")?, "ms");
    table.hold(
        "the start that makes the database",
        first,
        "ms",
        Floor::Below(150.0),
    );
    Ok(table)
}
