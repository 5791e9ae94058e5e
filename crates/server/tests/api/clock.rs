use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::{Clock, SystemClock, Timestamp};
use futures::future::BoxFuture;

/// The machine's clock, which a test can put forward. Who sleeps is not woken by that.
#[derive(Debug, Default)]
pub(crate) struct TestClock {
    system: SystemClock,
    ahead: AtomicU64,
}

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap();
        self.ahead.fetch_add(millis, Ordering::Relaxed);
    }

    fn ahead(&self) -> Duration {
        Duration::from_millis(self.ahead.load(Ordering::Relaxed))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.system.now().plus(self.ahead())
    }

    fn monotonic(&self) -> Duration {
        self.system.monotonic() + self.ahead()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.system.sleep(duration)
    }
}
