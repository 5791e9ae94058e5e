use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// A body that ends with an error once too much of it has arrived that nobody has accounted for.
///
/// Whoever takes such a body apart holds what it has not understood yet, and what it keeps of the rest; a limit of what
/// is handed on does not count either.
#[derive(Debug)]
pub(crate) struct Metered {
    body: Body,
    besides: Besides,
    /// The part before was handed on a moment ago.
    waits: bool,
}

/// What has arrived and is not accounted for, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Besides {
    count: Arc<AtomicUsize>,
    most: usize,
}

/// More has arrived than may be held.
#[derive(Debug, thiserror::Error)]
#[error("more than {0} bytes of a body are neither files nor the end of anything")]
struct TooMuch(usize);

impl Metered {
    /// The request with such a body, and what is counted of it.
    pub(crate) fn over(request: Request, most: usize) -> (Request, Besides) {
        let besides = Besides {
            count: Arc::default(),
            most,
        };
        let counted = besides.clone();
        let request = request.map(|body| {
            Body::new(Self {
                body,
                besides: counted,
                waits: false,
            })
        });
        (request, besides)
    }
}

impl Besides {
    /// So many bytes were taken care of elsewhere.
    pub(crate) fn without(&self, bytes: usize) {
        self.count.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether the body was ended for it.
    pub(crate) fn is_too_much(&self) -> bool {
        self.count.load(Ordering::Relaxed) > self.most
    }
}

impl http_body::Body for Metered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.besides.is_too_much() {
            return Poll::Ready(Some(Err(axum::Error::new(TooMuch(self.besides.most)))));
        }
        if std::mem::take(&mut self.waits) {
            // Readers take all that is there before they look at any of it: one part after the other.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            let length = frame.data_ref().map_or(0, Bytes::len);
            self.besides.count.fetch_add(length, Ordering::Relaxed);
            self.waits = true;
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
