use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use domain::Clock;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection that breaks when the client takes nothing of what it asked for.
///
/// What is not taken holds a connection to GitLab and its memory on the way; a client that only stays connected
/// could keep both for ever.
pub(super) struct Impatient<S> {
    stream: S,
    clock: Arc<dyn Clock>,
    patience: Duration,
    /// Runs while something waits to be taken.
    waiting: Option<BoxFuture<'static, ()>>,
}

impl<S> Impatient<S> {
    pub(super) fn new(stream: S, clock: Arc<dyn Clock>, patience: Duration) -> Self {
        Self {
            stream,
            clock,
            patience,
            waiting: None,
        }
    }

    fn took<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let waiting = self
            .waiting
            .get_or_insert_with(|| self.clock.sleep(self.patience));
        waiting.as_mut().poll(context).map(|()| {
            let why = "the client takes nothing of its answer";
            Err(io::Error::new(io::ErrorKind::TimedOut, why))
        })
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.took(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.took(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: fmt::Debug> fmt::Debug for Impatient<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Impatient").field(&self.stream).finish()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    fn impatient<S>(stream: S) -> Impatient<S> {
        Impatient::new(
            stream,
            Arc::new(domain::SystemClock::new()),
            Duration::from_millis(20),
        )
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (ours, _theirs) = duplex(8);
        let error = impatient(ours)
            .write_all(b"more than eight bytes")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_slow_client_that_takes_something_is_not() {
        let (ours, mut theirs) = duplex(1);
        let slowly = async {
            let mut taken = Vec::new();
            for _ in 0..4 {
                domain::SystemClock::new().sleep(Duration::from_millis(8)).await;
                taken.push(theirs.read_u8().await.unwrap());
            }
            taken
        };
        let mut ours = impatient(ours);
        let (written, taken) = futures::join!(ours.write_all(b"slow"), slowly);
        written.unwrap();
        assert_eq!(taken, b"slow");
    }
}
