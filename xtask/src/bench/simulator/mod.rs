//! The simulator at the size of a large instance, measured from outside.

mod load;
mod rival;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use self::load::{Load, Measured};
use super::machine::Machine;
use super::page::Page;
use super::table::{Floor, Table};
use crate::http::Connection;
use crate::programs::{Program, ROOT_TOKEN, Simulator};
use crate::stopwatch::Stopwatch;
use crate::workspace::{Workspace, build_release};

const USAGE: &str = "cargo xtask bench simulator [--check] [--write]";

/// The size that is promised, and a twentieth of it.
const LARGE: [&str; 8] = [
    "--seed",
    "7",
    "--groups",
    "20000",
    "--projects",
    "100000",
    "--users",
    "50000",
];
const SMALL: [&str; 8] = [
    "--seed",
    "7",
    "--groups",
    "1000",
    "--projects",
    "5000",
    "--users",
    "2500",
];
const MEMBERSHIPS: f64 = 500_000.0;

/// Measures, prints, and with `--check` fails below a floor; `--write` keeps the page in `docs/benchmarks/`.
pub(crate) fn run(words: &[String]) -> Result<ExitCode> {
    for word in words {
        ensure!(
            matches!(word.as_str(), "--check" | "--write"),
            "{word} is not known; {USAGE}"
        );
    }
    let asked = |word: &str| words.iter().any(|known| known == word);
    let workspace = Workspace::find()?;
    let program = build_release(&workspace)?;
    let scratch = workspace.target.join("bench");
    std::fs::create_dir_all(&scratch)?;
    let machine = Machine::look(&workspace);

    let tables = [size(&program, &scratch)?, speed(&workspace, &program, &scratch)?];
    let how = "Written by `cargo xtask bench simulator --write`. `gitlab-bulk simulate` is a process of a release build; \
               requests come from this one over loopback.";
    let title = "The simulator at the size of a large instance";
    let page = Page::of("simulator", title, how, &machine, &tables);
    println!("{page}");
    page.end(&workspace, asked("--write"), asked("--check"))
}

/// How soon it is there, what it holds, and that a restart and a second one with the same seed hold the same.
fn size(program: &Path, scratch: &Path) -> Result<Table> {
    let file = scratch.join("simulator-state.json");
    if file.exists() {
        std::fs::remove_file(&file)?;
    }
    let kept = file
        .to_str()
        .context("the path of the target directory is not text")?;
    let with_file: Vec<&str> = LARGE.iter().copied().chain(["--state", kept]).collect();

    let mut table = Table::new(
        "Size",
        "20,000 groups, 100,000 projects and 50,000 users from a seed, with ten memberships for each user.",
    );
    let (first, ready) = start(program, &with_file)?;
    table.hold(
        "from the start to the first answer",
        ready,
        "s",
        Floor::Below(5.0),
    );
    for (what, at, wanted) in [
        ("groups", "/entities/groups", 20_000.0),
        ("projects", "/entities/projects", 100_000.0),
        ("users, `root` included", "/entities/users", 50_001.0),
    ] {
        table.hold(what, entities(&first, at)?, "", Floor::Exactly(wanted));
    }
    table.hold(
        "memberships",
        entities(&first, "/entities/members")?,
        "",
        Floor::AtLeast(MEMBERSHIPS),
    );
    let created = walk(&first)?;
    table.hold("peak memory", first.peak_megabytes(), "MB", Floor::Below(1_500.0));
    let stopwatch = Stopwatch::start();
    first.stop()?;
    table.add(
        "stopping, with all of it written to the file",
        stopwatch.elapsed().as_secs_f64(),
        "s",
    );
    let bytes = std::fs::metadata(&file)?.len();
    table.add("the file", f64::from(u32::try_from(bytes / 1_000_000)?), "MB");

    let (again, ready) = start(program, &with_file)?;
    table.add("from the start to the first answer, from the file", ready, "s");
    table.hold(
        "answers that differ after the restart",
        differing(&created, &look(&again)?),
        "",
        Floor::Exactly(0.0),
    );
    drop(again);
    let (twin, _) = start(program, &LARGE)?;
    table.hold(
        "answers, ids among them, that differ in a second one with the same seed and requests",
        differing(&created, &walk(&twin)?),
        "",
        Floor::Exactly(0.0),
    );
    Ok(table)
}

/// Starts one and waits for its first answer.
fn start(program: &Path, arguments: &[&str]) -> Result<(Simulator, f64)> {
    let stopwatch = Stopwatch::start();
    let simulator = Simulator::start(program, arguments)?;
    get(&mut Connection::open(&simulator.url)?, "/version")?;
    Ok((simulator, stopwatch.elapsed().as_secs_f64()))
}

fn entities(simulator: &Simulator, at: &str) -> Result<f64> {
    let stats = simulator.ask("/_sim/stats")?;
    stats
        .pointer(at)
        .and_then(Value::as_f64)
        .with_context(|| format!("no number at {at}"))
}

fn get(connection: &mut Connection, path: &str) -> Result<Value> {
    connection
        .request("GET", &format!("/api/v4{path}"), Some(ROOT_TOKEN), None)?
        .json()
}

/// Creates a group and some projects, and looks at those and at others.
fn walk(simulator: &Simulator) -> Result<Vec<Value>> {
    let mut connection = Connection::open(&simulator.url)?;
    let mut create = |path: &str, body: &Value| {
        connection
            .request("POST", &format!("/api/v4{path}"), Some(ROOT_TOKEN), Some(body))?
            .json()
    };
    let group = create("/groups", &serde_json::json!({"name": "Walk", "path": "walk"}))?;
    for number in 0..20 {
        let body = serde_json::json!({"path": format!("step-{number}"), "namespace_id": group["id"]});
        create("/projects", &body)?;
    }
    look(simulator)
}

/// What a walk left behind, without the address and the times that no two processes share.
fn look(simulator: &Simulator) -> Result<Vec<Value>> {
    let mut connection = Connection::open(&simulator.url)?;
    let place = simulator.url.trim_start_matches("http://");
    let paths = [
        "/groups/walk?with_projects=false",
        "/groups/walk/projects?order_by=id&per_page=100",
        "/projects?order_by=id&sort=asc&per_page=100&page=400",
        "/groups?order_by=id&per_page=100&page=100",
        "/users?order_by=id&sort=asc&per_page=100&page=400",
        "/projects/50000/members/all",
    ];
    paths
        .into_iter()
        .map(|path| {
            let text = get(&mut connection, path)?.to_string();
            let mut body = serde_json::from_str(&text.replace(place, "HOST"))?;
            forget_times(&mut body);
            Ok(body)
        })
        .collect()
}

fn forget_times(body: &mut Value) {
    match body {
        Value::Object(fields) => {
            fields.retain(|name, _| !name.ends_with("_at"));
            fields.values_mut().for_each(forget_times);
        }
        Value::Array(rows) => rows.iter_mut().for_each(forget_times),
        _ => {}
    }
}

fn differing(one: &[Value], other: &[Value]) -> f64 {
    let count = one.iter().zip(other).filter(|(one, other)| one != other).count();
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// What one core does at that size, beside a fake that only ever says the same; and what the size costs.
fn speed(workspace: &Workspace, program: &Path, scratch: &Path) -> Result<Table> {
    let mut table = Table::new(
        "Speed",
        "Requests per second of the simulator's own processor time: what one core does when it has nothing else to \
         do. Sixteen kept connections. The rival is Node.js's HTTP server with one body in memory, of the same bytes \
         as a project's. The growth is what a request costs at this size, against a twentieth of it; a search looks \
         at the rows that share its rarest three letters, of which a large instance has more.",
    );
    let small = Simulator::start(program, &SMALL)?;
    let large = Simulator::start(program, &LARGE)?;
    let mut simple = None;
    for load in Load::ALL {
        let before = load.run(&Program::of(&small))?;
        let measured: Measured = load.run(&Program::of(&large))?;
        let rate = measured.per_core_second();
        let floor = load.is_simple().then_some(Floor::AtLeast(10_000.0));
        match floor {
            Some(floor) => table.hold(load.name(), rate, "requests/core s", floor),
            None => table.add(load.name(), rate, "requests/core s"),
        }
        let growth = before.per_core_second() / rate;
        let what = "… what it costs here, against a twentieth of the size";
        if load.finds_more_in_more() {
            table.add(what, growth, "×");
        } else {
            table.hold(what, growth, "×", Floor::Below(3.0));
        }
        if load == Load::ProjectByPath {
            simple = Some(rate);
        }
    }
    table.add("peak memory of the large one", large.peak_megabytes(), "MB");
    let rival = rival::measure(workspace, &large, scratch)?;
    table.add("Node.js, one fixed body", rival, "requests/core s");
    let simple = simple.context("nothing was measured")?;
    table.add("a project by its path, against that", simple / rival, "×");
    Ok(table)
}
