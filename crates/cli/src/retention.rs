//! Ended jobs are kept for `JOB_RETENTION_DAYS`.

use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Timestamp};
use storage::Jobs;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::composition::Composition;

/// How often a server looks.
const EVERY: Duration = Duration::from_hours(1);

/// Purges now and then, for as long as the guard lives.
pub(crate) fn keep(composition: &Composition, retention: Duration) -> DropGuard {
    let over = CancellationToken::new();
    let guard = over.clone().drop_guard();
    let (storage, clock) = (Arc::clone(&composition.storage), Arc::clone(&composition.clock));
    tokio::spawn(over.run_until_cancelled_owned(async move {
        loop {
            purge(&*storage, &*clock, retention).await;
            clock.sleep(EVERY).await;
        }
    }));
    guard
}

/// Purges once. That it failed is no reason not to go on.
pub(crate) async fn purge(storage: &(impl Jobs + ?Sized), clock: &dyn Clock, retention: Duration) {
    match storage.purge_jobs(before(clock.now(), retention)).await {
        Ok(0) => {}
        Ok(jobs) => tracing::info!(jobs, "Purged jobs that ended long ago"),
        Err(error) => tracing::warn!(%error, "Jobs that ended long ago could not be purged"),
    }
}

fn before(now: Timestamp, retention: Duration) -> Timestamp {
    let millis = i64::try_from(retention.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(millis))
}
