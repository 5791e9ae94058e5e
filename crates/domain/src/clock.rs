use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::BoxFuture;

use crate::Timestamp;

/// Time, handed in. Nothing else in the product asks the machine what time it is or waits.
pub trait Clock: Send + Sync + Debug + 'static {
    /// The wall clock. May jump when the machine's clock is set.
    fn now(&self) -> Timestamp;

    /// Time since an arbitrary start; never goes back. For pacing, deadlines and leases.
    fn monotonic(&self) -> Duration;

    /// Resolves once `duration` has passed on [`Clock::monotonic`].
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
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that waits")]
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(duration).boxed()
    }
}

/// A clock that stands still until a test moves it.
///
/// Sleepers wake, in order of their deadlines, when [`ManualClock::advance`] passes them.
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<ManualState>,
}

#[derive(Debug)]
struct ManualState {
    start: Timestamp,
    elapsed: Duration,
    sleepers: BinaryHeap<Reverse<Sleeper>>,
    next_id: u64,
}

#[derive(Debug)]
struct Sleeper {
    deadline: Duration,
    id: u64,
    wake: oneshot::Sender<()>,
}

impl PartialEq for Sleeper {
    fn eq(&self, other: &Self) -> bool {
        (self.deadline, self.id) == (other.deadline, other.id)
    }
}
impl Eq for Sleeper {}
impl PartialOrd for Sleeper {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Sleeper {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.deadline, self.id).cmp(&(other.deadline, other.id))
    }
}

impl ManualClock {
    /// A clock that shows `start` and stands still.
    pub fn at(start: Timestamp) -> Self {
        Self {
            state: Mutex::new(ManualState {
                start,
                elapsed: Duration::ZERO,
                sleepers: BinaryHeap::new(),
                next_id: 0,
            }),
        }
    }

    /// Moves time forward and wakes every sleeper whose deadline is reached.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.elapsed += by;
        while state
            .sleepers
            .peek()
            .is_some_and(|Reverse(first)| first.deadline <= state.elapsed)
        {
            if let Some(Reverse(sleeper)) = state.sleepers.pop() {
                // A sleeper that was dropped no longer listens, which is fine.
                let _ = sleeper.wake.send(());
            }
        }
    }

    /// How long until the earliest sleeper wakes; `None` when nobody sleeps.
    pub fn next_wake(&self) -> Option<Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state
            .sleepers
            .peek()
            .is_some_and(|Reverse(first)| first.wake.is_canceled())
        {
            state.sleepers.pop();
        }
        let elapsed = state.elapsed;
        state
            .sleepers
            .peek()
            .map(|Reverse(first)| first.deadline.saturating_sub(elapsed))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.start.plus(state.elapsed)
    }

    fn monotonic(&self) -> Duration {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).elapsed
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration.is_zero() {
            return futures::future::ready(()).boxed();
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (wake, woken) = oneshot::channel();
        let id = state.next_id;
        state.next_id += 1;
        let deadline = state.elapsed + duration;
        state.sleepers.push(Reverse(Sleeper { deadline, id, wake }));
        woken.map(|_| ()).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleepers_wake_when_their_moment_is_reached_and_not_before() {
        let clock = ManualClock::at(Timestamp::from_millis(0));
        let mut long = clock.sleep(Duration::from_secs(3));
        let mut short = clock.sleep(Duration::from_secs(1));
        clock.advance(Duration::from_secs(2));
        assert!((&mut short).now_or_never().is_some());
        assert!((&mut long).now_or_never().is_none());
        assert_eq!(clock.next_wake(), Some(Duration::from_secs(1)));
        clock.advance(Duration::from_secs(1));
        assert!((&mut long).now_or_never().is_some());
        assert_eq!(clock.now(), Timestamp::from_millis(3000));
    }
}
