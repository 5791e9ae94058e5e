use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;

use crate::http::Connection;
use crate::programs::{Program, ROOT_TOKEN, Simulator};
use crate::workspace::Workspace;

const REQUESTS: u32 = 40_000;
const CONNECTIONS: u32 = 16;

/// Requests per second of processor time that Node.js answers with one fixed body: that of a project.
pub(super) fn measure(at: &Workspace, simulator: &Simulator, scratch: &Path) -> Result<f64> {
    let project =
        Connection::open(&simulator.url)?.request("GET", "/api/v4/projects/1", Some(ROOT_TOKEN), None)?;
    let file = scratch.join("fixed-answer.json");
    std::fs::write(&file, &project.body)?;
    let mut command = Command::new("node");
    command
        .arg(at.root.join("xtask/rivals/fixed_answer.js"))
        .arg(&file);
    let node = Simulator::spawned(&mut command)?;
    let program = Program::of(&node);
    let next = AtomicU32::new(0);
    let before = program.core_seconds()?;
    std::thread::scope(|threads| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|_| threads.spawn(|| ask(&program.url, &next)))
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?)
    })?;
    Ok(f64::from(REQUESTS) / (program.core_seconds()? - before).max(0.01))
}

fn ask(url: &str, next: &AtomicU32) -> Result<()> {
    let mut connection = Connection::open(url)?;
    while next.fetch_add(1, Ordering::Relaxed) < REQUESTS {
        connection
            .request("GET", "/api/v4/projects/1", Some(ROOT_TOKEN), None)?
            .json()?;
    }
    Ok(())
}
