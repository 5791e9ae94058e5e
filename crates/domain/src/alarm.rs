use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::future::BoxFuture;

use crate::Clock;

/// A timer that many waits in a row share.
///
/// Nearly every wait is over long before its deadline, and setting and removing a timer for each costs more than the
/// wait. So the timer of an earlier wait is left running: it rings too early for this one, and is set anew only then.
pub struct Alarm {
    clock: Arc<dyn Clock>,
    /// When it rings, on the monotonic clock.
    set: Option<(Duration, BoxFuture<'static, ()>)>,
}

impl Alarm {
    /// One that has not been set yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, set: None }
    }

    /// Ready at `deadline`, on the monotonic clock; not before.
    pub fn poll_at(&mut self, deadline: Duration, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some((rings, timer)) = &mut self.set
                && *rings <= deadline
            {
                ready!(timer.as_mut().poll(context));
            }
            let left = deadline.saturating_sub(self.clock.monotonic());
            if left.is_zero() {
                self.set = None;
                return Poll::Ready(());
            }
            self.set = Some((deadline, self.clock.sleep(left)));
        }
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm")
            .field("rings", &self.set.as_ref().map(|(rings, _)| rings))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;

    use futures::poll;

    use super::*;
    use crate::{ManualClock, Timestamp};

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn it_rings_at_the_deadline_of_whoever_waits_now() {
        let clock = Arc::new(ManualClock::at(Timestamp::default()));
        let mut alarm = Alarm::new(Arc::clone(&clock) as _);
        let start = clock.monotonic();
        // The first wait is over before its time: its timer stays.
        assert!(
            poll!(pin!(poll_fn(
                |context| alarm.poll_at(start + 10 * SECOND, context)
            )))
            .is_pending()
        );
        clock.advance(9 * SECOND);
        let mut later = pin!(poll_fn(|context| alarm.poll_at(start + 19 * SECOND, context)));
        assert!(poll!(&mut later).is_pending());
        clock.advance(SECOND);
        assert!(poll!(&mut later).is_pending(), "that was the first one's timer");
        clock.advance(8 * SECOND);
        assert!(poll!(&mut later).is_pending());
        clock.advance(SECOND);
        assert!(poll!(&mut later).is_ready());
        // One that is due before the timer that is set is not late.
        assert!(
            poll!(pin!(poll_fn(
                |context| alarm.poll_at(start + 90 * SECOND, context)
            )))
            .is_pending()
        );
        let mut sooner = pin!(poll_fn(|context| alarm.poll_at(start + 20 * SECOND, context)));
        assert!(poll!(&mut sooner).is_pending());
        clock.advance(SECOND);
        assert!(poll!(&mut sooner).is_ready());
    }
}
