//! Many clients of Socket.IO that hear little, and how soon they hear it.

mod crowd;
mod hosts;
mod websocket;

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};

use self::crowd::Crowd;
use self::hosts::{Host, OF_A_USER};
use super::Bench;
use crate::bench::table::{Floor, Table};
use crate::programs::{Program, Simulator};
use crate::stopwatch::pause;

/// How long they are idle before memory is looked at: both servers have asked each client once then whether it is
/// still there.
const IDLE: Duration = Duration::from_secs(30);
/// How often the job is paused.
const TIMES: u32 = 20;

/// What was seen of one server.
struct Seen {
    name: &'static str,
    clients: usize,
    /// Megabytes, with nobody there and with everybody.
    empty: f64,
    idle: f64,
    peak: f64,
    /// Processor time of letting one in, in milliseconds.
    welcome: f64,
    /// Milliseconds from sending what pauses the job until the last follower has heard of it, sorted.
    told: Vec<f64>,
    /// Processor time of one such event, in milliseconds.
    telling: f64,
    /// Milliseconds between the first and the last that hear of one event of a job that runs, where it tells by itself.
    spread: Option<f64>,
}

/// Both tables.
pub(super) fn measure(bench: &Bench) -> Result<[Table; 2]> {
    let ours = {
        let gitlab = Simulator::start(
            &bench.program,
            &["--groups", "0", "--projects", "0", "--users", "20"],
        )?;
        look(bench, &Host::ours(bench, &gitlab)?)?
    };
    let theirs = look(bench, &Host::node(bench)?)?;
    Ok([idle(&ours, &theirs), told(&ours, &theirs)])
}

fn look(bench: &Bench, host: &Host) -> Result<Seen> {
    let program = Program::of(&host.server);
    let empty = host.server.resident_memory();
    let mut crowd = Crowd::new()?;
    let before = program.core_seconds()?;
    for (number, headers) in host.users.iter().enumerate() {
        let job = (number == 0).then_some(host.job.as_str());
        crowd
            .come(OF_A_USER, &host.server.url, headers, job)
            .with_context(|| format!("{}: client {} or so", host.name, number * OF_A_USER))?;
    }
    let clients = host.users.len() * OF_A_USER;
    let welcome = (program.core_seconds()? - before) * 1000.0 / count(clients);
    host.pause()?;
    if !bench.quick {
        pause(IDLE);
    }
    let idle = host.server.resident_memory();
    crowd.is_whole()?;
    let peak = host.server.peak_memory();

    let (mut told, mut telling) = (Vec::new(), 0.0);
    let mut spread: HashMap<u64, (Duration, Duration)> = HashMap::new();
    for _ in 0..bench.of(TIMES) {
        host.resume()?;
        pause(Duration::from_millis(700));
        for heard in crowd.heard_so_far().into_iter().filter(|heard| !heard.is_paused) {
            let (first, last) = spread.entry(heard.version).or_insert((heard.at, heard.at));
            *first = heard.at.min(*first);
            *last = heard.at.max(*last);
        }
        let (began, before) = (crowd.stopwatch.elapsed(), program.core_seconds()?);
        host.pause()?;
        let mut missing = OF_A_USER;
        let mut last = began;
        while missing > 0 {
            let heard = crowd.next()?;
            if heard.is_paused {
                missing -= 1;
                last = last.max(heard.at);
            }
        }
        told.push(milliseconds(last.saturating_sub(began)));
        telling += (program.core_seconds()? - before) * 1000.0;
        crowd.is_whole()?;
    }
    let telling = telling / count(told.len());
    told.sort_by(f64::total_cmp);
    let spread = spread
        .values()
        .map(|(first, last)| milliseconds(last.saturating_sub(*first)));
    Ok(Seen {
        name: host.name,
        clients,
        empty,
        idle,
        peak,
        welcome,
        told,
        telling,
        spread: spread.max_by(f64::total_cmp),
    })
}

fn idle(ours: &Seen, theirs: &Seen) -> Table {
    let mut table = Table::new(
        "Clients of Socket.IO that are idle",
        format!(
            "{} clients over websocket, {OF_A_USER} of each of ten users; each has answered one ping. Resident memory \
             of the server's process; what the system keeps for connections is not in it.",
            ours.clients
        ),
    );
    for seen in [ours, theirs] {
        let name = seen.name;
        if std::ptr::eq(seen, ours) {
            table.hold(format!("{name}: all of it"), seen.idle, "MB", Floor::Below(300.0));
        } else {
            table.add(format!("{name}: all of it"), seen.idle, "MB");
        }
        table.add(format!("{name}: before anybody came"), seen.empty, "MB");
        table.add(format!("{name}: at its peak"), seen.peak, "MB");
        let each = (seen.idle - seen.empty) * 1000.0 / count(seen.clients);
        table.add(format!("{name}: for each client"), each, "kB");
        table.add(
            format!("{name}: processor time of letting one in"),
            seen.welcome,
            "ms",
        );
    }
    table
}

fn told(ours: &Seen, theirs: &Seen) -> Table {
    let mut table = Table::new(
        "A progress event to 1,000 subscribers",
        format!(
            "With all {} clients there. A job is paused {} times: from sending that request until the last of its \
             {OF_A_USER} followers has `job:progress`. Ours commits the change first, and sends `job:paused` as well; \
             Node.js does nothing but send.",
            ours.clients,
            ours.told.len()
        ),
    );
    for seen in [ours, theirs] {
        let name = seen.name;
        let worst = seen.told.last().copied().unwrap_or(f64::INFINITY);
        if std::ptr::eq(seen, ours) {
            table.hold(format!("{name}: slowest"), worst, "ms", Floor::Below(100.0));
        } else {
            table.add(format!("{name}: slowest"), worst, "ms");
        }
        let median = seen.told.get(seen.told.len() / 2).copied();
        table.add(format!("{name}: median"), median.unwrap_or(f64::INFINITY), "ms");
        table.add(format!("{name}: processor time"), seen.telling, "ms");
        if let Some(spread) = seen.spread {
            let what = format!("{name}: from the first to the last that hear, while the job runs");
            table.add(what, spread, "ms");
        }
    }
    table
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}
