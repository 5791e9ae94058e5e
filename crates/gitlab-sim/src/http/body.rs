use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The connection is to be cut without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection is cut on request")]
pub(crate) struct Cut;

/// How an answer is sent that ends in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CutShort {
    /// With the length that it should have had.
    Announced,
    /// In chunks.
    Chunked,
}

/// The body of an answer: all of it at once, or half of it and then nothing ever.
#[derive(Debug)]
pub(crate) struct ReplyBody {
    rest: Option<Bytes>,
    /// None in chunks.
    announced: Option<u64>,
    cut: bool,
}

impl ReplyBody {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self {
            announced: Some(bytes.len() as u64),
            rest: Some(bytes).filter(|bytes| !bytes.is_empty()),
            cut: false,
        }
    }

    /// Announces everything, or nothing at all, and sends half.
    pub(crate) fn half(bytes: &Bytes, cut: CutShort) -> Self {
        let half = bytes.slice(..bytes.len() / 2);
        Self {
            announced: (cut == CutShort::Announced).then_some(bytes.len().max(1) as u64),
            rest: Some(half).filter(|half| !half.is_empty()),
            cut: true,
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        Poll::Ready(match self.rest.take() {
            Some(bytes) => Some(Ok(Frame::data(bytes))),
            None if self.cut => Some(Err(Cut)),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && !self.cut
    }

    fn size_hint(&self) -> SizeHint {
        self.announced
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
