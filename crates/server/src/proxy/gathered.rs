use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use gitlab_client::GitlabError;
use gitlab_client::passthrough::Forwarded;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;

/// A body of which as much was read as may be kept.
pub(super) enum Gathered {
    /// All of it.
    Whole(Bytes),
    /// There is more: what was read, and the rest as it comes.
    Larger(Begun),
}

impl Gathered {
    /// Reads a body of up to `most` bytes; one that says that it is larger is not begun.
    ///
    /// # Errors
    /// GitLab falls silent or breaks off in the middle of it.
    pub(super) async fn of(mut body: Forwarded, most: usize) -> Result<Self, GitlabError> {
        let expected = body.size_hint();
        let mut gathered = BytesMut::new();
        if expected.lower() <= most as u64 {
            gathered.reserve(usize::try_from(expected.lower()).unwrap_or_default());
            loop {
                let Some(frame) = body.frame().await else {
                    return Ok(Self::Whole(gathered.freeze()));
                };
                if let Ok(data) = frame?.into_data() {
                    gathered.extend_from_slice(&data);
                }
                if gathered.len() > most {
                    break;
                }
            }
        }
        let first = Some(gathered.freeze()).filter(|first| !first.is_empty());
        Ok(Self::Larger(Begun { first, rest: body }))
    }
}

/// A body whose beginning was read already.
pub(super) struct Begun {
    first: Option<Bytes>,
    rest: Forwarded,
}

impl Body for Begun {
    type Data = Bytes;
    type Error = GitlabError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, GitlabError>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(Ok(Frame::data(first)))),
            None => Pin::new(&mut self.rest).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // What was begun did not say how long it is.
        match self.first {
            Some(_) => SizeHint::default(),
            None => self.rest.size_hint(),
        }
    }
}
