use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{Clock, SystemClock, Timestamp};
use futures::channel::oneshot;
use futures::future::{self, BoxFuture};

/// The machine's clock, which a test can put forward. Whoever sleeps is woken by [`TestClock::pass`] and
/// [`TestClock::ring`], and by real time.
#[derive(Debug, Default)]
pub(crate) struct TestClock {
    system: SystemClock,
    ahead: AtomicU64,
    asleep: Mutex<Vec<Sleeper>>,
}

#[derive(Debug)]
struct Sleeper {
    duration: Duration,
    /// On the monotonic clock.
    until: Duration,
    wake: oneshot::Sender<()>,
}

impl TestClock {
    /// It is later, and nobody is told.
    pub(crate) fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap();
        self.ahead.fetch_add(millis, Ordering::Relaxed);
    }

    /// Lets so much time pass: whoever sleeps for no longer is woken.
    pub(crate) fn pass(&self, time: Duration) {
        self.advance(time);
        let now = self.monotonic();
        self.wake(|sleeper| sleeper.until <= now);
    }

    /// Wakes those who sleep for so long, as if that had passed. Some have asked a moment too late for all of it.
    pub(crate) fn ring(&self, after: Duration) {
        let nearly = Duration::from_millis(500);
        self.wake(|sleeper| {
            let rings = after.abs_diff(sleeper.duration) < nearly;
            if rings {
                // It is as late for all who sleep for so long.
                let left = sleeper.until.saturating_sub(self.monotonic());
                self.advance(left + Duration::from_millis(1));
            }
            rings
        });
    }

    fn wake(&self, is_over: impl Fn(&Sleeper) -> bool) {
        let mut asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
        asleep.retain(|sleeper| !sleeper.wake.is_canceled());
        for sleeper in asleep.extract_if(.., |sleeper| is_over(sleeper)) {
            // Whoever has left meanwhile need not be woken.
            let _ = sleeper.wake.send(());
        }
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
        let (wake, rings) = oneshot::channel();
        let mut asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
        asleep.retain(|sleeper| !sleeper.wake.is_canceled());
        asleep.push(Sleeper {
            duration,
            until: self.monotonic() + duration,
            wake,
        });
        let sleeping = self.system.sleep(duration);
        Box::pin(async move {
            future::select(sleeping, rings).await;
        })
    }
}
