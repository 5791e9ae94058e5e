use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use std::{fmt, mem};

use bytes::Bytes;
use domain::{Alarm, Clock};
use http::header::{HOST, USER_AGENT};
use http::{HeaderValue, Request, Response, StatusCode, Uri, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::headers::{clean_request, clean_response};
use super::raw_path::{self, InvalidPath};
use crate::client::{self, GitlabClient};
use crate::error::{Cause, GitlabError};
use crate::lines::line::Carries;
use crate::lines::pool::Pool;
use crate::lines::upload::{Progress, Upload};
use crate::pace::{Lane, Pass};
use crate::route;
use crate::session::Gitlab;

/// A client that hands requests on, over HTTP/1.1. `B` is the body of the requests it is given.
///
/// Has a connection pool of its own, apart from the typed calls: make one and keep it.
#[derive(Clone)]
pub struct Passthrough<B: Body + Unpin + 'static> {
    pool: Arc<Pool<B>>,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// Below `/api/v4/`: the raw path and query, with or without a leading slash.
    Rest(&'a str),
    /// `/api/graphql`
    Graphql,
}

/// The body of an answer, as it arrives.
///
/// Holds the request's place in the budget until it has been read or dropped, or has turned out to be a long
/// transfer: then GitLab has done its work, and only bytes still flow. Ends with an error when GitLab sends
/// nothing for as long as one attempt may take.
pub struct Forwarded {
    body: Incoming,
    /// What it comes over, until it has been read.
    line: Option<Box<dyn Carries>>,
    /// How much of the request GitLab has: it may have answered before the end.
    sent: Progress,
    clock: Arc<dyn Clock>,
    patience: Duration,
    /// Since when nothing has come.
    silent: Option<Duration>,
    pass: Pass,
    began: Duration,
    received: usize,
}

/// From so many bytes, or so much time after its head, an answer is a transfer.
const TRANSFER_BYTES: usize = 256 << 10;
const TRANSFER_AFTER: Duration = Duration::from_secs(1);

impl GitlabClient {
    /// A way out for requests with bodies of type `B`.
    pub fn passthrough<B>(&self) -> Passthrough<B>
    where
        B: Body + Send + Unpin + 'static,
        B::Data: Send,
        B::Error: Into<Cause>,
    {
        let pool = Pool::new(self.shared.way(), Arc::clone(&self.shared.clock));
        Passthrough { pool }
    }
}

impl<B> Passthrough<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Cause>,
{
    /// Hands a request on to the session's instance, in the lane of people, and returns the answer as soon as
    /// its head is there.
    ///
    /// The request's own address is ignored, its headers are cleaned ([`clean_request`]) and given the
    /// session's credential; the answer's are cleaned ([`clean_response`]). Any status is an answer. Sent once,
    /// whatever the method. The time of one attempt counts from the last part of the body that was sent.
    ///
    /// # Errors
    /// The path is refused; the budget would make it wait too long; no connection, no answer in time.
    pub async fn forward(
        &self,
        session: &Gitlab,
        target: Target<'_>,
        mut request: Request<B>,
    ) -> Result<Response<Forwarded>, GitlabError> {
        let inner = &session.inner;
        let (uri, endpoint) = inner.forwarding_uri(target)?;
        *request.uri_mut() = uri;
        *request.version_mut() = Version::HTTP_11;
        let headers = request.headers_mut();
        clean_request(headers);
        let ((name, value), token) = inner.credential.header().await?;
        headers.insert(name, value);
        headers.insert(HOST, inner.host.clone());
        headers
            .entry(USER_AGENT)
            .or_insert(HeaderValue::from_static(client::USER_AGENT));

        let pass = inner
            .budget
            .pass(Lane::People, &inner.job, request.method(), endpoint)
            .await
            .map_err(GitlabError::RateLimited)?;
        let timeout = inner.shared.settings.timeout;
        let began = inner.shared.clock.now();
        let progress = Progress::new(Arc::clone(&inner.shared.clock));
        let request = request.map(|body| Upload::new(body, progress.clone()));
        let span = tracing::debug_span!(
            "gitlab_request",
            method = %request.method(),
            route = route::template(endpoint),
            status = tracing::field::Empty,
        );
        let (mut answer, line) = {
            let mut first = self.pool.take(&inner.root_name);
            let mut alarm = Alarm::new(Arc::clone(&inner.shared.clock));
            if let Some(first) = &mut first {
                mem::swap(&mut alarm, &mut first.alarm);
            }
            let mut asking = pin!(self.pool.send(first, &inner.root_name, request));
            let answered = poll_fn(|context| {
                if let Poll::Ready(answered) = asking.as_mut().poll(context) {
                    return Poll::Ready(answered);
                }
                // A large upload may take its time while it moves.
                ready!(alarm.poll_at(progress.ends(timeout), context));
                Poll::Ready(Err(GitlabError::Timeout(timeout)))
            });
            let (answer, mut line) = answered.await?;
            line.alarm = alarm;
            (answer, line)
        };
        span.record("status", answer.status().as_u16());
        drop(span);
        inner.take_in(&pass, answer.status(), answer.headers(), began);
        if answer.status() == StatusCode::UNAUTHORIZED {
            // The body has gone, so that this request cannot be sent again; the next one knows better.
            inner.credential.after_refusal(token.as_ref()).await;
        }
        clean_response(answer.headers_mut());
        Ok(answer.map(|body| Forwarded {
            // Nobody asks for the frames of a body that has none.
            line: if body.is_end_stream() {
                line.done(&progress, timeout);
                None
            } else {
                Some(line)
            },
            body,
            sent: progress,
            clock: Arc::clone(&inner.shared.clock),
            patience: timeout,
            silent: None,
            pass,
            began: inner.shared.clock.monotonic(),
            received: 0,
        }))
    }
}

impl crate::session::Inner {
    /// The path to forward to, built from the raw bytes, and the endpoint for the budget.
    fn forwarding_uri<'a>(&self, target: Target<'a>) -> Result<(Uri, &'a str), GitlabError> {
        let (path, endpoint) = match target {
            Target::Rest(raw) => {
                raw_path::check(raw)?;
                let relative = raw.strip_prefix('/').unwrap_or(raw);
                let endpoint = relative.split_once('?').map_or(relative, |(path, _)| path);
                (format!("{}{relative}", self.root.path()), endpoint)
            }
            Target::Graphql => {
                let prefix = self.root.path().trim_end_matches("v4/");
                (format!("{prefix}graphql"), "graphql")
            }
        };
        let uri = Uri::try_from(path).map_err(|_| InvalidPath::Character)?;
        Ok((uri, endpoint))
    }
}

impl Forwarded {
    fn count(&mut self, frame: Option<&Result<Frame<Bytes>, hyper::Error>>) {
        if let Some(Ok(frame)) = frame {
            self.received = self
                .received
                .saturating_add(frame.data_ref().map_or(0, Bytes::len));
        }
        let lasts = self.clock.monotonic().saturating_sub(self.began);
        if self.received >= TRANSFER_BYTES || lasts >= TRANSFER_AFTER {
            self.pass.give_place_back();
        }
    }
}

impl Body for Forwarded {
    type Data = Bytes;
    type Error = GitlabError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, GitlabError>>> {
        let this = &mut *self;
        // What it is told comes from the connection, which is driven just below: it has nobody to wake.
        let mut unwoken = Context::from_waker(Waker::noop());
        let mut frame = Pin::new(&mut this.body).poll_frame(&mut unwoken);
        if let (Poll::Pending, Some(line)) = (&frame, &mut this.line) {
            line.drive(context);
            frame = Pin::new(&mut this.body).poll_frame(&mut unwoken);
        }
        match frame {
            Poll::Ready(frame) => {
                this.silent = None;
                this.count(frame.as_ref());
                let is_last = frame.is_none() || this.body.is_end_stream();
                if let Some(line) = this.line.take_if(|_| is_last) {
                    line.done(&this.sent, this.patience);
                }
                Poll::Ready(frame.map(|frame| frame.map_err(|error| GitlabError::Broken(error.into()))))
            }
            Poll::Pending => {
                let since = *this.silent.get_or_insert_with(|| this.clock.monotonic());
                if let Some(line) = &mut this.line {
                    ready!(line.poll_at(since + this.patience, context));
                }
                Poll::Ready(Some(Err(GitlabError::Timeout(this.patience))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: Body + Unpin> fmt::Debug for Passthrough<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passthrough")
    }
}

impl fmt::Debug for Forwarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarded")
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
