use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use domain::Clock;
use futures::future::{self, BoxFuture, Either};
use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response, StatusCode, Uri, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::headers::{clean_request, clean_response};
use super::raw_path::{self, InvalidPath};
use super::upload::{Progress, Upload};
use crate::attempt::host_refused;
use crate::client::{self, GitlabClient, IDLE_TIMEOUT};
use crate::egress::resolver::GuardedResolver;
use crate::error::{Cause, GitlabError};
use crate::pace::{Lane, Pass};
use crate::route;
use crate::session::Gitlab;

/// A client that hands requests on. `B` is the body of the requests it is given.
///
/// Has a connection pool of its own, apart from the typed calls: make one and keep it.
#[derive(Clone)]
pub struct Passthrough<B> {
    client: Client<HttpsConnector<HttpConnector<GuardedResolver>>, Upload<B>>,
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
    clock: Arc<dyn Clock>,
    patience: Duration,
    silence: Option<BoxFuture<'static, ()>>,
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
        let settings = &self.shared.settings;
        let mut connector = HttpConnector::new_with_resolver(self.shared.resolver.clone());
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(settings.timeout.min(Duration::from_secs(10))));
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(self.shared.tls.clone())
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(settings.max_idle_sockets as usize)
            .build(connector);
        Passthrough { client }
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
        headers
            .entry(USER_AGENT)
            .or_insert(HeaderValue::from_static(client::USER_AGENT));

        let pass = inner
            .budget
            .pass(Lane::People, &inner.job, request.method(), endpoint)
            .await
            .map_err(GitlabError::RateLimited)?;
        let timeout = inner.shared.settings.timeout;
        let sent = inner.shared.clock.now();
        let progress = Progress::new(Arc::clone(&inner.shared.clock));
        let request = request.map(|body| Upload::new(body, progress.clone()));
        let span = tracing::debug_span!(
            "gitlab_request",
            method = %request.method(),
            route = route::template(endpoint),
            status = tracing::field::Empty,
        );
        let mut asking = self.client.request(request);
        let mut answer = loop {
            // A large upload may take as long as it likes while it moves.
            let left = timeout.saturating_sub(progress.silence());
            if left.is_zero() {
                return Err(GitlabError::Timeout(timeout));
            }
            match future::select(asking, inner.shared.clock.sleep(left)).await {
                Either::Left((answer, _)) => break answer.map_err(no_answer)?,
                Either::Right(((), unanswered)) => asking = unanswered,
            }
        };
        span.record("status", answer.status().as_u16());
        drop(span);
        inner.take_in(&pass, answer.status(), answer.headers(), sent);
        if answer.status() == StatusCode::UNAUTHORIZED {
            // The body has gone, so that this request cannot be sent again; the next one knows better.
            inner.credential.after_refusal(token.as_ref()).await;
        }
        clean_response(answer.headers_mut());
        Ok(answer.map(|body| Forwarded {
            body,
            clock: Arc::clone(&inner.shared.clock),
            patience: timeout,
            silence: None,
            pass,
            began: inner.shared.clock.monotonic(),
            received: 0,
        }))
    }
}

impl crate::session::Inner {
    /// The address to forward to, built from the raw bytes, and the endpoint for the budget.
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
        let uri = Uri::builder()
            .scheme(self.root.scheme())
            .authority(self.authority.as_str())
            .path_and_query(path)
            .build()
            .map_err(|_| InvalidPath::Character)?;
        Ok((uri, endpoint))
    }
}

fn no_answer(error: ClientError) -> GitlabError {
    if let Some(refused) = host_refused(&error) {
        return GitlabError::HostRefused(refused);
    }
    if error.is_connect() {
        GitlabError::Unreachable(error.into())
    } else {
        GitlabError::Broken(error.into())
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
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(frame) => {
                this.silence = None;
                this.count(frame.as_ref());
                Poll::Ready(frame.map(|frame| frame.map_err(|error| GitlabError::Broken(error.into()))))
            }
            Poll::Pending => {
                let silence = this
                    .silence
                    .get_or_insert_with(|| this.clock.sleep(this.patience));
                ready!(silence.as_mut().poll(context));
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

impl<B> fmt::Debug for Passthrough<B> {
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
