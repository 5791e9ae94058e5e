use anyhow::{Context, Result, ensure};

use super::rivals::Rivals;
use super::rows::{Rows, Settings, files};
use super::{Bench, apply, number};
use crate::bench::table::{Floor, Table};
use crate::programs::Simulator;

/// A plan that changes nothing: what it asks, against what a list of the same projects asks.
pub(super) fn measure(bench: &Bench, rivals: &Rivals, projects: u32) -> Result<Table> {
    let rows = Rows::new(40, projects);
    let mut table = Table::new(
        "Planning where nothing has to change",
        format!(
            "`gitlab-bulk plan --update-existing` over {projects} projects in 40 groups that are as the file has them, \
             and python-gitlab that lists these groups and projects, a hundred to a page."
        ),
    );
    let simulator = bench.simulator(&[])?;
    let folder = rows.write(&bench.scratch.join("rows-planning"), Settings::First)?;
    let files = files(&folder, &["groups", "projects"])?;
    let client = bench.client(&simulator, "unlimited")?;
    apply(&client, &[], &files)?;

    let before = requests(&simulator)?;
    let client = bench.client(&simulator, "unlimited")?;
    let arguments: Vec<&str> = ["plan", "--update-existing"]
        .into_iter()
        .chain(files.iter().map(String::as_str))
        .chain(["--detailed-exitcode"])
        .collect();
    let ended = client.run(&arguments)?;
    ensure!(
        ended.code == Some(0),
        "the plan would change something: {}",
        ended.said
    );
    let planned = requests(&simulator)?;
    let asked = simulator.ask(&format!("/_sim/journal?since={before}"))?;
    let lists = asked["entries"]
        .as_array()
        .context("no journal")?
        .iter()
        .filter_map(|entry| entry["path"].as_str())
        .filter(|path| path.contains("/groups") || path.contains("/projects"))
        .count();
    let lists = f64::from(u32::try_from(lists)?);
    let found = rivals.list(&simulator, "acme")?;
    let listed = requests(&simulator)?;
    ensure!(
        number(&found, "/projects")? >= rows.projects() && number(&found, "/groups")? >= rows.groups(),
        "python-gitlab found less: {found}"
    );

    table.add("requests of the list", listed - planned, "");
    table.hold(
        "requests of the plan for groups and projects",
        lists,
        "",
        Floor::AtMost(listed - planned),
    );
    table.add(
        "its other requests: who asks, with which token, which version",
        planned - before - lists,
        "",
    );
    table.add("whole command", ended.took.as_secs_f64(), "s");
    table.add("peak memory", super::megabytes(ended.peak_memory), "MB");
    Ok(table)
}

fn requests(simulator: &Simulator) -> Result<f64> {
    number(&simulator.ask("/_sim/stats")?, "/requests/total")
}
