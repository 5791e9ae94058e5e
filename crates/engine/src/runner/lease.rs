//! The lease that a runner holds its job by: renewed in time, and nothing is sent after its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt;

use super::landed::Landed;
use super::{Run, Runner};

/// The moment, on the monotonic clock in microseconds, from which on nothing may be sent.
pub(super) fn deadline(run: &Run, asked_at: Duration) -> u64 {
    // A tenth is kept back for clocks that run differently.
    let lasts = run.lease.lasts / 10 * 9;
    u64::try_from((asked_at + lasts).as_micros()).unwrap_or(u64::MAX)
}

impl Runner {
    pub(super) fn renew_later(&mut self) {
        self.renew(self.run.lease.lasts / 3);
    }

    pub(super) fn renew(&mut self, after: Duration) {
        let run = Arc::clone(&self.run);
        let lease_deadline = Arc::clone(&self.lease_deadline);
        self.tasks.push(
            async move {
                run.clock.sleep(after).await;
                let asked_at = run.clock.monotonic();
                let renewed = run.storage.renew(&run.lease).await;
                if renewed.is_ok() {
                    lease_deadline.store(deadline(&run, asked_at), Ordering::Relaxed);
                }
                Landed::Renewed {
                    again: !after.is_zero(),
                    result: renewed,
                }
            }
            .boxed(),
        );
    }
}
