use anyhow::Result;

use super::Bench;
use super::load::{Full, ROUNDS, full, slowest_hundredth};
use super::proxies::Proxy;
use crate::bench::table::{Floor, Table};
use crate::http::Connection;
use crate::programs::{ROOT_TOKEN, Simulator};

/// What a page of GitLab's commonly has.
const PAGE_BYTES: usize = 13_000;
const ESTATE: [&str; 8] = [
    "--seed",
    "7",
    "--groups",
    "20",
    "--projects",
    "200",
    "--users",
    "20",
];

/// A page of GitLab's through us and through others.
pub(super) fn measure(bench: &Bench) -> Result<Table> {
    let gitlab = Simulator::start(&bench.program, &ESTATE)?;
    let (page, bytes) = page_of(&gitlab, PAGE_BYTES)?;
    let mut table = Table::new(
        "A page through a proxy",
        format!(
            "`GET {page}`, {bytes} bytes. Processor time is that of the proxying process alone. Ours checks the session, \
             asks its budget, which has no limit here, and counts the read for the audit trail; nginx does none of it. All \
             take turns, {ROUNDS} times: a machine is not equally fast from one minute to the next. Of times to an answer \
             the middle one of {ROUNDS} turns is shown."
        ),
    );
    let requests = bench.of(60_000);
    let ours = Proxy::ours(&bench.program, &gitlab, &bench.scratch, false)?;
    let nginx = Proxy::nginx(&gitlab, &bench.scratch)?;
    let [at_full, by_nginx, by_express, cached] = {
        let express = Proxy::express(&bench.workspace, &gitlab, &bench.scratch)?;
        let remembers = Proxy::ours(&bench.program, &gitlab, &bench.scratch, true)?;
        let all = [
            (&ours, requests),
            (&nginx, requests),
            (&express, requests / 10),
            (&remembers, requests),
        ];
        full(all, &page)?
    };
    for (name, did) in [
        ("ours", &at_full),
        ("nginx, `proxy_pass`", &by_nginx),
        ("Express, express-session and axios", &by_express),
        ("ours, from memory", &cached),
    ] {
        table.add(name, did.per_core_second, "requests/core s");
        table.add(format!("{name}: throughput"), did.per_second, "requests/s");
    }
    let against = |other: &Full| at_full.per_core_second / other.per_core_second;
    table.hold("ours against nginx", against(&by_nginx), "×", Floor::AtLeast(0.7));
    table.hold(
        "ours against Express",
        against(&by_express),
        "×",
        Floor::AtLeast(30.0),
    );
    table.hold(
        "from memory, against nginx that asks",
        cached.per_core_second / by_nginx.per_core_second,
        "×",
        Floor::AtLeast(1.0),
    );

    let half = at_full.per_second / 2.0;
    let servers = [Proxy::none(&gitlab), ours.as_server(), nginx.as_server()];
    // Some seconds each: of one second, a hundredth is what a single pause of the machine takes.
    let [bare, by_us, by_nginx] = slowest_hundredth(&servers, &page, half, bench.of(150_000))?;
    table.add("half of our load", half, "requests/s");
    table.add("GitLab itself at it, 99th percentile", bare, "ms");
    table.hold("what we add to it", by_us - bare, "ms", Floor::Below(1.0));
    table.add("what nginx adds to it", by_nginx - bare, "ms");
    table.hold(
        "peak resident memory of ours, through all of it",
        ours.server.peak_memory(),
        "MB",
        Floor::Below(40.0),
    );
    table.add("peak resident memory of nginx", nginx.server.peak_memory(), "MB");
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
