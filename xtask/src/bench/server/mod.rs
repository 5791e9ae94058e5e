//! The server beside other ways to stand between a client and GitLab.

mod load;
mod proxies;

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};

use self::load::{full, slowest_hundredth};
use self::proxies::Proxy;
use super::machine::Machine;
use super::table::{Floor, Table};
use crate::http::Connection;
use crate::programs::{ROOT_TOKEN, Simulator};
use crate::stopwatch::Stopwatch;
use crate::workspace::{Workspace, build_release};

const USAGE: &str = "cargo xtask bench server [--quick] [--check] [--write]";
/// What a page of GitLab's commonly has.
const PAGE_BYTES: usize = 13_000;
const STARTS: u32 = 5;

/// Measures, prints, and with `--check` fails below a floor; `--write` keeps the page in `docs/benchmarks/`.
pub(crate) fn run(words: &[String]) -> Result<ExitCode> {
    for word in words {
        ensure!(
            matches!(word.as_str(), "--quick" | "--check" | "--write"),
            "{word} is not known; {USAGE}"
        );
    }
    let asked = |word: &str| words.iter().any(|known| known == word);
    let workspace = Workspace::find()?;
    let program = build_release(&workspace)?;
    let scratch = workspace.target.join("bench");
    std::fs::create_dir_all(&scratch)?;
    let machine = Machine::look(&workspace);
    let requests = if asked("--quick") { 10_000 } else { 60_000 };

    let tables = [
        proxied(&workspace, &program, &scratch, requests)?,
        started(&program, &scratch)?,
    ];
    let mut page = format!(
        "# The server between a client and GitLab\n\n\
         Written by `cargo xtask bench server --write`. GitLab is `gitlab-bulk simulate`; requests come from sixteen \
         connections over loopback.\n\n{machine}\n"
    );
    for table in &tables {
        page.push('\n');
        page.push_str(&table.to_string());
    }
    println!("{page}");
    if asked("--write") {
        let file = workspace.root.join("docs/benchmarks/server.md");
        std::fs::write(&file, &page)?;
        println!("written to {}", file.display());
    }
    let broken: Vec<String> = tables.iter().flat_map(Table::broken).collect();
    for line in &broken {
        eprintln!("does not hold: {line}");
    }
    Ok(if asked("--check") && !broken.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn proxied(at: &Workspace, program: &Path, scratch: &Path, requests: u32) -> Result<Table> {
    let gitlab = Simulator::start(
        program,
        &[
            "--seed",
            "7",
            "--groups",
            "20",
            "--projects",
            "200",
            "--users",
            "20",
        ],
    )?;
    let (page, bytes) = page_of(&gitlab, PAGE_BYTES)?;
    let mut table = Table::new(
        "A page through a proxy",
        format!(
            "`GET {page}`, {bytes} bytes. Processor time is that of the proxying process alone. Ours checks the session \
             and asks its budget, which has no limit here; nginx does neither."
        ),
    );
    let ours = Proxy::ours(program, &gitlab, scratch, false)?;
    let mut rates = Vec::new();
    for proxy in [
        ours,
        Proxy::nginx(&gitlab, scratch)?,
        Proxy::express(at, &gitlab, scratch)?,
        Proxy::ours(program, &gitlab, scratch, true)?,
    ] {
        let count = if proxy.name.starts_with("Express") {
            requests / 10
        } else {
            requests
        };
        let measured = full(&proxy, &page, count)?;
        let name = proxy.name;
        table.add(name, measured.per_core_second, "requests/core s");
        table.add(format!("{name}: throughput"), measured.per_second, "requests/s");
        rates.push((proxy, measured));
    }
    let [(ours, at_full), (nginx, by_nginx), (_, by_express), (_, cached)] = rates.as_slice() else {
        unreachable!("four were measured")
    };
    let against = |other: &load::Full| at_full.per_core_second / other.per_core_second;
    table.hold("ours against nginx", against(by_nginx), "×", Floor::AtLeast(0.7));
    table.hold(
        "ours against Express",
        against(by_express),
        "×",
        Floor::AtLeast(30.0),
    );
    table.hold(
        "from memory, against nginx that asks",
        cached.per_core_second / by_nginx.per_core_second,
        "×",
        Floor::AtLeast(1.0),
    );
    table.hold(
        "peak resident memory of ours",
        ours.server.peak_memory(),
        "MB",
        Floor::Below(40.0),
    );
    table.add("peak resident memory of nginx", nginx.server.peak_memory(), "MB");
    let half = at_full.per_second / 2.0;
    let slow = |to: &proxies::Direct<'_>| slowest_hundredth(to, &page, half, requests / 2);
    let bare = slow(&Proxy::none(&gitlab))?;
    table.add("GitLab itself at half of our load, 99th percentile", bare, "ms");
    table.hold(
        "what we add to it",
        slow(&ours.as_server())? - bare,
        "ms",
        Floor::Below(1.0),
    );
    table.add("what nginx adds to it", slow(&nginx.as_server())? - bare, "ms");
    Ok(table)
}

/// The page of projects that comes nearest to so many bytes.
fn page_of(gitlab: &Simulator, bytes: usize) -> Result<(String, usize)> {
    let mut connection = Connection::open(&gitlab.url)?;
    let mut best = (String::new(), 0_usize);
    for size in 1..=100 {
        let page = format!("/projects?simple=true&order_by=id&per_page={size}");
        let answer = connection.request("GET", &format!("/api/v4{page}"), Some(ROOT_TOKEN), None)?;
        answer.json()?;
        if answer.body.len().abs_diff(bytes) < best.1.abs_diff(bytes) {
            best = (page, answer.body.len());
        }
    }
    Ok(best)
}

/// From the start of the process to its first answer.
fn started(program: &Path, scratch: &Path) -> Result<Table> {
    let mut best = f64::INFINITY;
    let data = scratch.join("server-start");
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data)?;
    for _ in 0..STARTS {
        let stopwatch = Stopwatch::start();
        let server = Simulator::spawned(
            Command::new(program)
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
        best = best.min(stopwatch.elapsed().as_secs_f64() * 1000.0);
    }
    let mut table = Table::new(
        "Starting",
        "The best of five, with a database that is there but for the first.",
    );
    table.hold(
        "from the start to the first answer",
        best,
        "ms",
        Floor::Below(150.0),
    );
    Ok(table)
}
