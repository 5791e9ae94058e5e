use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use gitlab_client::GitlabError;
use gitlab_client::passthrough::Forwarded;
use http_body::{Body, Frame, SizeHint};

/// Passes a body on as it comes, and at its end hands over a copy: of all of it, or nothing where it was too
/// large, broke off, or the client left.
pub(super) struct Copying<F: FnOnce(Option<Bytes>)> {
    body: Forwarded,
    /// Empty once the body has grown too large.
    copy: Option<BytesMut>,
    most: usize,
    done: Option<F>,
}

impl<F: FnOnce(Option<Bytes>)> Copying<F> {
    pub(super) fn new(body: Forwarded, most: usize, done: F) -> Self {
        let expected = body
            .size_hint()
            .exact()
            .and_then(|length| usize::try_from(length).ok());
        let copy = match expected {
            Some(length) if length > most => None,
            length => Some(BytesMut::with_capacity(length.unwrap_or_default())),
        };
        Self {
            body,
            copy,
            most,
            done: Some(done),
        }
    }

    fn take_in(&mut self, data: &[u8]) {
        if let Some(copy) = &mut self.copy {
            if copy.len() + data.len() > self.most {
                self.copy = None;
            } else {
                copy.extend_from_slice(data);
            }
        }
    }

    fn complete(&mut self) {
        if let Some(done) = self.done.take() {
            done(self.copy.take().map(BytesMut::freeze));
        }
    }
}

impl<F: FnOnce(Option<Bytes>) + Unpin> Body for Copying<F> {
    type Data = Bytes;
    type Error = GitlabError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, GitlabError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    self.take_in(data);
                }
                // hyper does not ask for the end of a body whose length it knows.
                if self.body.is_end_stream() {
                    self.complete();
                }
            }
            Some(Err(_)) => self.copy = None,
            None => self.complete(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<F: FnOnce(Option<Bytes>)> Drop for Copying<F> {
    fn drop(&mut self) {
        // A body without any content is never read.
        if !self.body.is_end_stream() {
            self.copy = None;
        }
        self.complete();
    }
}
