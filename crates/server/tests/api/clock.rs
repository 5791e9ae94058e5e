use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::{Clock, SystemClock, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Notify;

/// The machine's clock, which a test can put forward.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestClock {
    system: Arc<SystemClock>,
    ahead: Arc<AtomicU64>,
    /// Rung for those who sleep.
    passed: Arc<Notify>,
}

impl TestClock {
    /// Puts the clock forward. Who sleeps is not woken by that, so that no request is given up.
    pub(crate) fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap();
        self.ahead.fetch_add(millis, Ordering::Relaxed);
    }

    /// Lets so much time pass: whoever sleeps for no longer is woken.
    pub(crate) fn pass(&self, time: Duration) {
        self.advance(time);
        self.passed.notify_waiters();
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
        let clock = self.clone();
        let until = self.monotonic() + duration;
        let mut slept = self.system.sleep(duration);
        async move {
            loop {
                let passed = clock.passed.notified();
                tokio::select! {
                    () = &mut slept => return,
                    () = passed => {
                        if clock.monotonic() >= until {
                            return;
                        }
                    }
                }
            }
        }
        .boxed()
    }
}
