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
pub(crate) struct Progress {
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
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
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
    pub(crate) fn ends(&self, patience: Duration) -> Duration {
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
pub(crate) struct Upload<B> {
    body: B,
    progress: Progress,
}

impl<B> Upload<B> {
    pub(crate) fn new(body: B, progress: Progress) -> Self {
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::{ManualClock, Timestamp};
    use http_body_util::{BodyExt as _, Full, StreamBody};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// An upload that began just now, of which this much was sent, and more is to come.
    fn sent(bytes: usize) -> (Progress, Duration, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(Timestamp::default()));
        let began = clock.monotonic();
        let progress = Progress::new(Arc::clone(&clock) as _);
        let parts =
            [vec![0; bytes], vec![0]].map(|part| Ok::<_, std::io::Error>(Frame::data(Bytes::from(part))));
        let body = StreamBody::new(futures::stream::iter(parts));
        let mut upload = Upload::new(body, progress.clone());
        let first = Pin::new(&mut upload).poll_frame(&mut Context::from_waker(std::task::Waker::noop()));
        assert!(first.is_ready());
        (progress, began, clock)
    }

    #[test]
    fn an_upload_has_two_minutes_and_a_second_for_every_four_kibibytes_and_an_hour_at_most() {
        let for_ever = Duration::from_hours(9);
        for (bytes, seconds) in [
            (1, 120),
            (4 << 10, 121),
            (400 << 10, 220),
            (13_920 << 10, 3_600),
            (40_000 << 10, 3_600),
        ] {
            let (progress, began, _) = sent(bytes);
            let ends = began + Duration::from_secs(seconds);
            assert_eq!(progress.ends(for_ever), ends, "{bytes} bytes");
        }
    }

    #[test]
    fn it_may_be_silent_for_so_long_and_when_all_was_sent_as_long_again() {
        let (progress, began, clock) = sent(400 << 10);
        assert_eq!(progress.ends(PATIENCE), began + PATIENCE);
        clock.advance(Duration::from_hours(2));
        let mut whole = Upload::new(Full::new(Bytes::from_static(b"x")), progress.clone());
        let all = whole.frame();
        assert!(futures::FutureExt::now_or_never(all).is_some());
        assert_eq!(
            progress.ends(PATIENCE),
            began + Duration::from_hours(2) + PATIENCE,
            "only GitLab's answer is waited for"
        );
    }
}
