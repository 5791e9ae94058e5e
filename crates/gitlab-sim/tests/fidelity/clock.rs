//! Time that stands still until told.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use gitlab_sim::Clock;

/// 2026-03-02T09:14:07.512Z
pub(crate) const START: i64 = 1_772_442_847_512;

/// A clock that a test moves. Sleeps end when the clock has been moved far enough.
#[derive(Debug)]
pub(crate) struct HandClock {
    millis: AtomicI64,
    sleepers: Mutex<Vec<(i64, tokio::sync::oneshot::Sender<()>)>>,
    asleep: tokio::sync::Notify,
}

impl HandClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            millis: AtomicI64::new(START),
            sleepers: Mutex::default(),
            asleep: tokio::sync::Notify::new(),
        })
    }

    pub(crate) fn advance(&self, duration: Duration) {
        let step = i64::try_from(duration.as_millis()).unwrap();
        let now = self.millis.fetch_add(step, Ordering::SeqCst) + step;
        let mut sleepers = self.sleepers.lock().unwrap();
        for (until, wake) in std::mem::take(&mut *sleepers) {
            if until <= now {
                let _ = wake.send(());
            } else {
                sleepers.push((until, wake));
            }
        }
    }

    /// Resolves when someone is asleep.
    pub(crate) async fn someone_sleeps(&self) {
        self.asleep.notified().await;
    }
}

impl Clock for HandClock {
    fn now_millis(&self) -> i64 {
        self.millis.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis((self.now_millis() - START).unsigned_abs())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let until = self.now_millis() + i64::try_from(duration.as_millis()).unwrap();
        let (wake, woken) = tokio::sync::oneshot::channel();
        self.sleepers.lock().unwrap().push((until, wake));
        self.asleep.notify_one();
        Box::pin(async move {
            let _ = woken.await;
        })
    }
}
