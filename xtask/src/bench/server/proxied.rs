use anyhow::Result;

use super::Bench;
use super::load::{Full, full, slowest_hundredth};
use super::proxies::{Direct, Proxy};
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
             asks its budget, which has no limit here, and counts the read for the audit trail; nginx does none of it."
        ),
    );
    let requests = bench.of(60_000);
    let ours = Proxy::ours(&bench.program, &gitlab, &bench.scratch, false)?;
    let at_full = full(&ours, &page, requests)?;
    let nginx = Proxy::nginx(&gitlab, &bench.scratch)?;
    let by_nginx = full(&nginx, &page, requests)?;
    let by_express = {
        let express = Proxy::express(&bench.workspace, &gitlab, &bench.scratch)?;
        full(&express, &page, requests / 10)?
    };
    let cached = {
        let remembers = Proxy::ours(&bench.program, &gitlab, &bench.scratch, true)?;
        full(&remembers, &page, requests)?
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
    let slow = |to: &Direct<'_>| slowest_hundredth(to, &page, half, requests / 2);
    let bare = slow(&Proxy::none(&gitlab))?;
    table.add("half of our load", half, "requests/s");
    table.add("GitLab itself at it, 99th percentile", bare, "ms");
    table.hold(
        "what we add to it",
        slow(&ours.as_server())? - bare,
        "ms",
        Floor::Below(1.0),
    );
    table.add("what nginx adds to it", slow(&nginx.as_server())? - bare, "ms");
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
