use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use domain::Clock;
use http_body::{Body, Frame, SizeHint};

/// When a request last moved, on the monotonic clock.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    clock: Arc<dyn Clock>,
    moved: Arc<AtomicU64>,
}

impl Progress {
    /// Of a request that begins now.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let this = Self {
            clock,
            moved: Arc::default(),
        };
        this.moves();
        this
    }

    /// For how long nothing of the body has been sent.
    pub(super) fn silence(&self) -> Duration {
        let moved = Duration::from_nanos(self.moved.load(Ordering::Relaxed));
        self.clock.monotonic().saturating_sub(moved)
    }

    fn moves(&self) {
        let now = u64::try_from(self.clock.monotonic().as_nanos()).unwrap_or(u64::MAX);
        self.moved.store(now, Ordering::Relaxed);
    }
}

/// A request's body that tells when it moves. Otherwise untouched.
#[derive(Debug)]
pub(super) struct Upload<B> {
    body: B,
    progress: Progress,
}

impl<B> Upload<B> {
    pub(super) fn new(body: B, progress: Progress) -> Self {
        Self { body, progress }
    }
}

impl<B: Body + Unpin> Body for Upload<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.progress.moves();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
