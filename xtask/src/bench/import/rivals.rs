use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::super::table::Table;
use super::LATENCY;
use crate::http::Connection;
use crate::programs::{ROOT_TOKEN, Simulator};
use crate::stopwatch::Stopwatch;
use crate::tools::python;
use crate::workspace::Workspace;

const SEQUENTIAL: u32 = 400;
const BARE: u32 = 20_000;
const CONNECTIONS: u32 = 10;

/// Others that create the same kind of projects on the same simulator, in the same run.
pub(crate) fn measure(at: &Workspace, program: &Path) -> Result<Table> {
    let mut table = Table::new(
        "Rivals",
        format!(
            "Projects only. python-gitlab as people script it: one after the other, {SEQUENTIAL} projects. The bare \
             client is the ceiling: {BARE} projects over {CONNECTIONS} connections with nothing validated, planned, \
             ordered or recorded, and everything lost when it is stopped."
        ),
    );
    table.add(
        "python-gitlab, no latency",
        python_gitlab(at, program, "0")?,
        "projects/s",
    );
    table.add(
        format!("python-gitlab, latency {LATENCY} ms"),
        python_gitlab(at, program, LATENCY)?,
        "projects/s",
    );
    table.add("bare client, no latency", bare(program)?, "projects/s");
    Ok(table)
}

fn simulator(program: &Path, latency: &str) -> Result<Simulator> {
    Simulator::start(
        program,
        &[
            "--groups",
            "0",
            "--projects",
            "0",
            "--users",
            "0",
            "--latency",
            latency,
        ],
    )
}

fn python_gitlab(at: &Workspace, program: &Path, latency: &str) -> Result<f64> {
    let requirements = at.root.join("referees/python_gitlab/requirements.txt");
    let environment = python::environment(at, "python_gitlab", &requirements)
        .map_err(|missing| anyhow::anyhow!("{missing}"))?;
    let simulator = simulator(program, latency)?;
    let output = environment
        .command()
        .arg(at.root.join("xtask/rivals/python_gitlab.py"))
        .args([&simulator.url, ROOT_TOKEN, &SEQUENTIAL.to_string()])
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said: Value = serde_json::from_slice(&output.stdout)?;
    let number = |field: &str| said[field].as_f64().with_context(|| format!("no {field}"));
    Ok(number("items")? / number("seconds")?)
}

/// Threads that each write a request and read its answer, over and over.
fn bare(program: &Path) -> Result<f64> {
    let simulator = simulator(program, "0")?;
    let group = Connection::open(&simulator.url)?
        .request(
            "POST",
            "/api/v4/groups",
            Some(ROOT_TOKEN),
            Some(&json!({"name": "Bare", "path": "bare", "visibility": "public"})),
        )?
        .json()?;
    let (url, group) = (&simulator.url, &group["id"]);
    let next = AtomicU32::new(0);
    let stopwatch = Stopwatch::start();
    std::thread::scope(|threads| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|_| threads.spawn(|| create_projects(url, group, &next)))
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?)
    })?;
    Ok(f64::from(BARE) / stopwatch.elapsed().as_secs_f64())
}

fn create_projects(url: &str, group: &Value, next: &AtomicU32) -> Result<()> {
    let mut connection = Connection::open(url)?;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= BARE {
            return Ok(());
        }
        let project = json!({
            "name": format!("package {number}"),
            "path": format!("package-{number}"),
            "namespace_id": group,
            "description": format!("Packaging of package {number} (misc)"),
            "visibility": "public",
            "topics": ["debian", "misc"],
        });
        connection
            .request("POST", "/api/v4/projects", Some(ROOT_TOKEN), Some(&project))?
            .json()?;
    }
}
