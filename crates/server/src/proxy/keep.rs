use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use gitlab_client::GitlabError;
use gitlab_client::passthrough::Forwarded;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

use super::cache::{AnswerCache, Kept, Key, LARGEST};

/// Passes a body on, and keeps a copy in the cache once it has come through whole and small.
pub(super) struct Keeping {
    body: Forwarded,
    copy: Option<Copy>,
}

struct Copy {
    cache: AnswerCache,
    key: Key,
    headers: HeaderMap,
    bytes: BytesMut,
}

impl Keeping {
    pub(super) fn new(body: Forwarded, cache: AnswerCache, key: Key, headers: HeaderMap) -> Self {
        Self {
            body,
            copy: Some(Copy {
                cache,
                key,
                headers,
                bytes: BytesMut::new(),
            }),
        }
    }
}

impl Body for Keeping {
    type Data = Bytes;
    type Error = GitlabError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, GitlabError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let (Some(data), Some(copy)) = (frame.data_ref(), &mut self.copy) {
                    copy.bytes.extend_from_slice(data);
                    if copy.bytes.len() > LARGEST {
                        self.copy = None;
                    }
                }
            }
            Some(Err(_)) => self.copy = None,
            None => self.complete(),
        }
        // hyper does not ask for the end of a body whose length it knows.
        if self.copy.is_some() && self.body.is_end_stream() {
            self.complete();
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

impl Keeping {
    fn complete(&mut self) {
        if let Some(Copy {
            cache,
            key,
            headers,
            bytes,
        }) = self.copy.take()
        {
            let kept = Kept {
                headers,
                body: bytes.freeze(),
            };
            tokio::spawn(async move { cache.put(key, kept).await });
        }
    }
}
