use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Buf as _;
use domain::Clock;
use http_body::{Body, Frame, SizeHint};

/// Every upload has so long, however slow it is, …
const GRACE: Duration = Duration::from_mins(2);
/// … and then a second for so many bytes: a line on which nobody works any more is slower.
const SLOWEST: u64 = 4 * 1024;
/// No upload keeps its place for longer.
const LONGEST: Duration = Duration::from_hours(1);

/// How a request's body moves, on the monotonic clock.
///
/// A body that comes byte by byte is never silent for long, and would hold its place among the connections to GitLab for
/// ever; some accounts together would hold them all.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    clock: Arc<dyn Clock>,
    began: Duration,
    moved: Arc<AtomicU64>,
    /// In bytes; `WHOLE` once all was sent.
    sent: Arc<AtomicU64>,
}

/// More than any body has.
const WHOLE: u64 = u64::MAX;

impl Progress {
    /// Of a request that begins now.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let this = Self {
            began: clock.monotonic(),
            clock,
            moved: Arc::default(),
            sent: Arc::default(),
        };
        this.moves();
        this
    }

    /// When it is over at the latest, as far as is known now, if nothing may be silent for longer than `patience`.
    pub(super) fn ends(&self, patience: Duration) -> Duration {
        let silent = Duration::from_nanos(self.moved.load(Ordering::Relaxed)) + patience;
        match self.sent.load(Ordering::Relaxed) {
            WHOLE => silent,
            sent => {
                let allowed = (GRACE + Duration::from_secs(sent / SLOWEST)).min(LONGEST);
                silent.min(self.began + allowed)
            }
        }
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
        if let Poll::Ready(frame) = &polled {
            self.progress.moves();
            let length = match frame {
                Some(Ok(frame)) if !self.body.is_end_stream() => {
                    frame.data_ref().map_or(0, |data| data.remaining() as u64)
                }
                _ => WHOLE,
            };
            let sent = self.progress.sent.load(Ordering::Relaxed);
            self.progress
                .sent
                .store(sent.saturating_add(length), Ordering::Relaxed);
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
