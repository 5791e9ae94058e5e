use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};

use super::proxies::{Direct, Proxy};
use crate::http::Connection;
use crate::programs::Program;
use crate::stopwatch::{Stopwatch, pause};

const CONNECTIONS: u32 = 16;

/// What a proxy did under full load.
pub(super) struct Full {
    /// Requests per second of the proxying process's processor time.
    pub(super) per_core_second: f64,
    pub(super) per_second: f64,
}

/// How many times proxies take turns.
pub(super) const ROUNDS: u32 = 5;

/// So many requests through each, from sixteen connections at once, in turn with the others.
pub(super) fn full<const N: usize>(proxies: [(&Proxy, u32); N], page: &str) -> Result<[Full; N]> {
    for (proxy, requests) in proxies {
        send(&proxy.as_server(), page, requests / 10)?;
    }
    let mut spent = [(0.0, 0.0); N];
    for _ in 0..ROUNDS {
        for ((cost, took), (proxy, requests)) in spent.iter_mut().zip(proxies) {
            let program = Program::of(&proxy.server);
            let (before, stopwatch) = (program.core_seconds()?, Stopwatch::start());
            send(&proxy.as_server(), page, requests / ROUNDS)?;
            *took += stopwatch.elapsed().as_secs_f64();
            *cost += program.core_seconds()? - before;
        }
    }
    Ok(std::array::from_fn(|at| {
        let ((cost, took), (_, requests)) = (spent[at], proxies[at]);
        Full {
            per_core_second: f64::from(requests) / f64::max(cost, 0.01),
            per_second: f64::from(requests) / took,
        }
    }))
}

/// So many GETs of a page, from sixteen connections at once.
pub(crate) fn send(to: &Direct<'_>, page: &str, requests: u32) -> Result<()> {
    let next = AtomicU32::new(0);
    let path = format!("{}{page}", to.prefix);
    let one = || -> Result<()> {
        let mut connection = Connection::open(to.url)?;
        while next.fetch_add(1, Ordering::Relaxed) < requests {
            let answer = connection.get(&path, &to.headers)?;
            ensure!(answer.status == 200, "{path}: {}", answer.status);
        }
        Ok(())
    };
    std::thread::scope(|threads| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| threads.spawn(one)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?)
    })
}

/// The 99th percentile of the time to an answer of each in milliseconds, at so many requests a second: the middle one
/// of those that they have in turn.
pub(super) fn slowest_hundredth<const N: usize>(
    servers: &[Direct<'_>; N],
    page: &str,
    per_second: f64,
    requests: u32,
) -> Result<[f64; N]> {
    let mut seen: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (seen, server) in seen.iter_mut().zip(servers) {
            seen.push(once(server, page, per_second, requests / ROUNDS)?);
        }
    }
    Ok(seen.map(|mut seen| {
        seen.sort_by(f64::total_cmp);
        seen[seen.len() / 2]
    }))
}

/// The 99th percentile in one turn. Each request is sent when its time has come, and counts from then, whether or not
/// the one before has been answered by then.
fn once(to: &Direct<'_>, page: &str, per_second: f64, requests: u32) -> Result<f64> {
    let path = format!("{}{page}", to.prefix);
    let every = f64::from(CONNECTIONS) / per_second;
    let stopwatch = Stopwatch::start();
    let one = |place: u32| -> Result<Vec<Duration>> {
        let mut connection = Connection::open(to.url)?;
        let mut taken = Vec::new();
        for number in 0..requests / CONNECTIONS {
            let due = Duration::from_secs_f64(
                every * (f64::from(number) + f64::from(place) / f64::from(CONNECTIONS)),
            );
            pause(due.saturating_sub(stopwatch.elapsed()));
            let answer = connection.get(&path, &to.headers)?;
            ensure!(answer.status == 200, "{path}: {}", answer.status);
            taken.push(stopwatch.elapsed().saturating_sub(due));
        }
        Ok(taken)
    };
    let mut taken = Vec::new();
    std::thread::scope(|threads| -> Result<()> {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|place| threads.spawn(move || one(place)))
            .collect();
        for thread in threads {
            taken.extend(
                thread
                    .join()
                    .map_err(|_| anyhow::anyhow!("a thread panicked"))??,
            );
        }
        Ok(())
    })?;
    taken.sort_unstable();
    let slowest = taken.get(taken.len() * 99 / 100).copied().unwrap_or_default();
    Ok(slowest.as_secs_f64() * 1000.0)
}
