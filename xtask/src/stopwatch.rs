use std::time::{Duration, Instant};

/// Measures how long something takes.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "measures the real world; nothing under test reads it"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Waits, between two looks at something that cannot tell when it changes.
#[expect(clippy::disallowed_methods, reason = "what is watched is another process")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
