//! Time, handed in.

use std::fmt::Debug;
use std::time::Duration;

use futures::future::BoxFuture;

/// Where the simulator takes the time from.
pub trait Clock: Send + Sync + Debug + 'static {
    /// The wall clock, in milliseconds since 1970 UTC: `created_at`, expiry, `Date` and limits' windows.
    fn now_millis(&self) -> i64;

    /// Time since an arbitrary start; never goes back. For durations.
    fn monotonic(&self) -> Duration;

    /// Resolves once `duration` has passed. For latency and the `delay` fault.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's clock. Sleeping needs a tokio runtime with its timer on.
#[derive(Debug)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts now.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine"
    )]
    pub fn new() -> Self {
        Self {
            start: std::time::Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine"
    )]
    fn now_millis(&self) -> i64 {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine"
    )]
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
