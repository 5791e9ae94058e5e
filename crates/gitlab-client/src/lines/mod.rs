//! Connections to GitLab over HTTP/1.1 that are driven by whoever waits for an answer: the proxy's, and those of typed
//! writes.

pub(crate) mod line;
pub(crate) mod pool;
pub(crate) mod upload;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use domain::Clock;
use http::{HeaderMap, Request, StatusCode};
use http_body::Body as _;
use http_body_util::Full;
use hyper::body::Incoming;

use self::line::{Carries as _, Line};
use self::pool::{Pool, Way};
use self::upload::{Progress, Upload};
use crate::error::GitlabError;

/// Lines for requests whose body is in memory.
pub(crate) struct Lines {
    pool: Arc<Pool<Full<Bytes>>>,
    clock: Arc<dyn Clock>,
}

/// An answer whose head is there. Dropped before it was read, it closes its connection.
pub(crate) struct Answering {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    line: Box<Line<Full<Bytes>>>,
    sent: Progress,
}

impl Lines {
    pub(crate) fn new(way: Way, clock: Arc<dyn Clock>) -> Self {
        Self {
            pool: Pool::new(way, Arc::clone(&clock)),
            clock,
        }
    }

    /// Sends a request once, to the host that `root` names.
    ///
    /// # Errors
    /// [`GitlabError::Unreachable`] and [`GitlabError::HostRefused`] when nothing of it was sent, anything else when some of
    /// it may have been.
    pub(crate) async fn ask(
        &self,
        root: &Arc<str>,
        request: Request<Full<Bytes>>,
    ) -> Result<Answering, GitlabError> {
        let sent = Progress::new(Arc::clone(&self.clock));
        let request = request.map(|body| Upload::new(body, sent.clone()));
        let (answer, line) = self.pool.send(self.pool.take(root), root, request).await?;
        let (head, body) = answer.into_parts();
        Ok(Answering {
            status: head.status,
            headers: head.headers,
            body,
            line,
            sent,
        })
    }
}

impl Answering {
    /// Reads the body, of so many bytes at most. The connection is kept for others, where GitLab has all of the request, or
    /// takes it within `patience`.
    ///
    /// # Errors
    /// The connection broke, or the body is larger.
    pub(crate) async fn read(mut self, most: usize, patience: Duration) -> Result<Bytes, GitlabError> {
        let mut whole = Bytes::new();
        let mut gathered = BytesMut::new();
        while let Some(part) = self.part().await? {
            if whole.is_empty() && gathered.is_empty() {
                whole = part;
                continue;
            }
            if gathered.is_empty() {
                gathered = BytesMut::from(std::mem::take(&mut whole));
            }
            if gathered.len() + part.len() > most {
                return Err(GitlabError::TooLarge(most));
            }
            gathered.extend_from_slice(&part);
        }
        self.line.done(&self.sent, patience);
        Ok(if gathered.is_empty() {
            whole
        } else {
            gathered.freeze()
        })
    }

    /// The next bytes of the body.
    async fn part(&mut self) -> Result<Option<Bytes>, GitlabError> {
        loop {
            let frame = poll_fn(|context| {
                // What it is told comes from the connection, which is driven just below: it has nobody to wake.
                let mut unwoken = Context::from_waker(Waker::noop());
                let body = Pin::new(&mut self.body);
                if let Poll::Ready(frame) = body.poll_frame(&mut unwoken) {
                    return Poll::Ready(frame);
                }
                self.line.drive(context);
                Pin::new(&mut self.body).poll_frame(&mut unwoken)
            })
            .await;
            let Some(frame) = frame
                .transpose()
                .map_err(|error| GitlabError::Broken(error.into()))?
            else {
                return Ok(None);
            };
            // Trailers say nothing.
            if let Ok(part) = frame.into_data() {
                return Ok(Some(part));
            }
        }
    }
}
