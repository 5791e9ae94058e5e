use std::sync::Arc;
use std::time::Duration;

use domain::Clock;

/// A request has two minutes (`chain::bounds`); the last question to GitLab needs some of that.
const LONGEST: Duration = Duration::from_secs(80);

/// How long something may be counted, however much there is of it.
#[derive(Clone, Debug)]
pub(crate) struct Until {
    clock: Arc<dyn Clock>,
    /// On the monotonic clock.
    end: Duration,
}

impl Until {
    /// For as long as a request may count, beginning now.
    pub(crate) fn from_now(clock: &Arc<dyn Clock>) -> Self {
        Self {
            clock: Arc::clone(clock),
            end: clock.monotonic() + LONGEST,
        }
    }

    /// Whether what is known by now has to do.
    pub(crate) fn is_over(&self) -> bool {
        self.clock.monotonic() >= self.end
    }
}
