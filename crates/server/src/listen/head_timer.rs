use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use domain::{Alarm, Clock};
use hyper::rt::{Sleep, Timer};

/// The time that a connection's client has for each head, by our clock.
///
/// hyper sets a timer for every request and removes it as soon as that is there. Here all requests of a connection share
/// one [`Alarm`].
#[derive(Debug)]
pub(super) struct HeadTimer {
    clock: Arc<dyn Clock>,
    /// What hyper takes for the moment at which the monotonic clock was at zero.
    zero: Instant,
    alarm: Arc<Mutex<Alarm>>,
}

impl HeadTimer {
    /// For one connection: only one of its waits may be under way at a time.
    #[expect(
        clippy::disallowed_methods,
        reason = "hyper counts in moments, of which any may be the first"
    )]
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            alarm: Arc::new(Mutex::new(Alarm::new(Arc::clone(&clock)))),
            clock,
            zero: Instant::now(),
        }
    }
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Wait {
            deadline: deadline.saturating_duration_since(self.zero),
            alarm: Arc::clone(&self.alarm),
        })
    }

    fn now(&self) -> Instant {
        self.zero + self.clock.monotonic()
    }
}

/// Over at `deadline` on the monotonic clock.
struct Wait {
    deadline: Duration,
    alarm: Arc<Mutex<Alarm>>,
}

impl Sleep for Wait {}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut alarm = self.alarm.lock().unwrap_or_else(PoisonError::into_inner);
        alarm.poll_at(self.deadline, context)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use domain::{ManualClock, Timestamp};
    use futures::poll;

    use super::*;

    #[tokio::test]
    async fn a_head_has_its_time_by_our_clock() {
        let clock = Arc::new(ManualClock::at(Timestamp::default()));
        let heads = HeadTimer::new(Arc::clone(&clock) as _);
        let half = Duration::from_secs(15);
        // The first head came in time, and hyper forgets about its wait.
        let mut first = heads.sleep_until(heads.now() + 2 * half);
        assert!(poll!(&mut first).is_pending());
        clock.advance(half);
        drop(first);
        let mut second = pin!(heads.sleep_until(heads.now() + 2 * half));
        assert!(poll!(&mut second).is_pending());
        clock.advance(half);
        assert!(
            poll!(&mut second).is_pending(),
            "this would be the first one's end"
        );
        clock.advance(half);
        assert!(poll!(&mut second).is_ready());
    }
}
