use std::pin::pin;
use std::sync::PoisonError;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::future::{self, Either};
use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::Full;
use tracing::Instrument;
use url::{Position, Url};

use crate::client;
use crate::egress::HostRefused;
use crate::error::{GitlabError, request_id};
use crate::instance_clock;
use crate::lines;
use crate::pace::{Pass, Waiting};
use crate::passthrough::InvalidPath;
use crate::redact;
use crate::route;
use crate::session::Inner;
use crate::verdict::{Effect, Outcome, is_resource_lock};
use crate::watch::Arrival;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Far above GitLab's largest page of a hundred full projects.
const LARGEST_ANSWER: usize = 64 << 20;

/// A whole answer.
pub(crate) struct Exchange {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// For a 429.
    pub(crate) refused_until: Option<Waiting>,
}

/// An answer whose head is there.
enum Answering {
    Read(reqwest::Response),
    Write(lines::Answering),
}

/// No whole answer.
pub(crate) enum Failure {
    /// Not a byte of the request left.
    NotSent(GitlabError),
    /// The request left, at least in part.
    Lost(GitlabError),
}

impl Exchange {
    pub(crate) fn outcome(&self) -> Outcome {
        Outcome::Answered {
            status: self.status,
            retry_at: self.refused_until.map(|waiting| waiting.until),
            locked: is_resource_lock(self.status, &self.body),
        }
    }
}

impl Failure {
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::NotSent(_) => Outcome::NotSent,
            Self::Lost(_) => Outcome::Lost,
        }
    }

    pub(crate) fn into_error(self) -> GitlabError {
        match self {
            Self::NotSent(error) | Self::Lost(error) => error,
        }
    }
}

impl Inner {
    /// Sends one request, once, and reads its answer to the end, within the time of one attempt.
    ///
    /// What the answer says about limits and GitLab's clock is taken in before its body is read.
    pub(crate) async fn attempt(
        &self,
        pass: &Pass,
        effect: Effect,
        method: Method,
        url: Url,
        json: Option<Bytes>,
    ) -> Result<Exchange, Failure> {
        let span = tracing::debug_span!(
            "gitlab_request",
            %method,
            endpoint = %redact::url(self.endpoint(&url)),
            route = route::template(self.endpoint(&url)),
            status = tracing::field::Empty,
        );
        let noted = span.clone();
        let work = async {
            let timeout = self.shared.settings.timeout;
            let began = self.shared.clock.monotonic();
            let exchange = pin!(self.exchange(pass, effect, method.clone(), url, json));
            let result = match future::select(exchange, self.shared.clock.sleep(timeout)).await {
                Either::Left((result, _)) => result,
                // Perhaps it hung before anything was sent. Nobody can tell, so it counts as sent.
                Either::Right(_) => Err(Failure::Lost(GitlabError::Timeout(timeout))),
            };
            let took = self.shared.clock.monotonic().saturating_sub(began);
            let arrival = match &result {
                Ok(answer) => Arrival::Answered(answer.status),
                Err(Failure::NotSent(_)) => Arrival::NotSent,
                Err(Failure::Lost(_)) => Arrival::Lost,
            };
            self.shared.settings.watch.arrived(&method, arrival, took);
            if let Arrival::Answered(status) = arrival {
                noted.record("status", status.as_u16());
            }
            match &result {
                Ok(answer) => tracing::debug!(
                    status = answer.status.as_u16(),
                    ?took,
                    gitlab_request_id = request_id(&answer.headers),
                    "GitLab answered"
                ),
                Err(Failure::NotSent(error)) => tracing::debug!(%error, ?took, "Nothing was sent to GitLab"),
                Err(Failure::Lost(error)) => tracing::debug!(%error, ?took, "No whole answer from GitLab"),
            }
            result
        };
        work.instrument(span).await
    }

    async fn exchange(
        &self,
        pass: &Pass,
        effect: Effect,
        method: Method,
        url: Url,
        json: Option<Bytes>,
    ) -> Result<Exchange, Failure> {
        let (header, token) = match self.credential.header().await {
            Ok(found) => found,
            // As if GitLab had said so: somebody has to sign in again.
            Err(GitlabError::Unauthorized(refusal)) => {
                return Ok(Exchange {
                    status: StatusCode::UNAUTHORIZED,
                    headers: HeaderMap::new(),
                    body: refusal.body,
                    refused_until: None,
                });
            }
            Err(error) => return Err(Failure::NotSent(error)),
        };
        let sent = self.shared.clock.now();
        let mut answering = self
            .send_once(effect, &method, &url, json.as_ref(), header)
            .await?;
        if answering.status() == StatusCode::UNAUTHORIZED
            && let Some(header) = self.credential.after_refusal(token.as_ref()).await
        {
            // Nothing was done, so that it may be sent again, whatever it is.
            answering = self
                .send_once(effect, &method, &url, json.as_ref(), header)
                .await?;
        }
        let status = answering.status();
        let headers = answering.take_headers();
        let refused_until = self.take_in(pass, status, &headers, sent);
        let body = match answering.read(self.shared.settings.timeout).await {
            Ok(body) => body,
            // What a refusal for now says is in its head.
            Err(_) if refused_until.is_some() => Bytes::new(),
            Err(error) => return Err(Failure::Lost(error)),
        };
        Ok(Exchange {
            status,
            headers,
            body,
            refused_until,
        })
    }

    async fn send_once(
        &self,
        effect: Effect,
        method: &Method,
        url: &Url,
        json: Option<&Bytes>,
        credential: (HeaderName, HeaderValue),
    ) -> Result<Answering, Failure> {
        match effect {
            Effect::Read => {
                let asked = self.ask(method, url, json, credential).await;
                asked.map(Answering::Read).map_err(failure)
            }
            Effect::Write => {
                // Much larger than what reads wait for, who would carry it about.
                let told = Box::pin(self.tell(method, url, json, credential)).await;
                told.map(Answering::Write).map_err(|error| match error {
                    GitlabError::HostRefused(_)
                    | GitlabError::Unreachable(_)
                    | GitlabError::InvalidPath(_) => Failure::NotSent(error),
                    _ => Failure::Lost(error),
                })
            }
        }
    }

    /// Over HTTP/2 where GitLab has it, and compressed: pages are large.
    async fn ask(
        &self,
        method: &Method,
        url: &Url,
        json: Option<&Bytes>,
        (name, value): (HeaderName, HeaderValue),
    ) -> Result<reqwest::Response, reqwest::Error> {
        let mut request = self
            .shared
            .http
            .request(method.clone(), url.clone())
            .header(name, value)
            .header(ACCEPT, JSON);
        if let Some(json) = json {
            request = request.header(CONTENT_TYPE, JSON).body(json.clone());
        }
        request.send().await
    }

    /// Over a line of its own: the answer is small, and there are many of them.
    async fn tell(
        &self,
        method: &Method,
        url: &Url,
        json: Option<&Bytes>,
        (name, value): (HeaderName, HeaderValue),
    ) -> Result<lines::Answering, GitlabError> {
        let mut request = Request::new(Full::new(json.cloned().unwrap_or_default()));
        *request.method_mut() = method.clone();
        *request.uri_mut() = Uri::try_from(&url[Position::BeforePath..Position::AfterQuery])
            .map_err(|_| InvalidPath::Character)?;
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        headers.insert(name, value);
        headers.insert(ACCEPT, JSON);
        headers.insert(USER_AGENT, HeaderValue::from_static(client::USER_AGENT));
        if json.is_some() {
            headers.insert(CONTENT_TYPE, JSON);
        }
        self.shared.lines.ask(&self.root_name, request).await
    }

    /// Learns what the head of an answer says about limits and about GitLab's clock.
    pub(crate) fn take_in(
        &self,
        pass: &Pass,
        status: StatusCode,
        headers: &HeaderMap,
        sent: domain::Timestamp,
    ) -> Option<Waiting> {
        let answered = self.shared.clock.now();
        let offset = {
            let mut clock = self
                .shared_by_all
                .clock
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(date) = instance_clock::date(headers) {
                clock.learn(date, sent, answered);
            }
            clock.offset()
        };
        let in_gitlab = offset.map_or(answered, |offset| offset.earliest_in_gitlab(answered));
        self.budget.learn(pass, status, headers, in_gitlab.as_millis())
    }
}

impl Answering {
    fn status(&self) -> StatusCode {
        match self {
            Self::Read(response) => response.status(),
            Self::Write(answering) => answering.status,
        }
    }

    fn take_headers(&mut self) -> HeaderMap {
        std::mem::take(match self {
            Self::Read(response) => response.headers_mut(),
            Self::Write(answering) => &mut answering.headers,
        })
    }

    /// The body. What is still under way of a request that GitLab answered early has `patience`.
    async fn read(self, patience: Duration) -> Result<Bytes, GitlabError> {
        match self {
            Self::Read(response) => read(response).await,
            Self::Write(answering) => answering.read(LARGEST_ANSWER, patience).await,
        }
    }
}

async fn read(mut response: reqwest::Response) -> Result<Bytes, GitlabError> {
    let broken = |error: reqwest::Error| GitlabError::Broken(error.without_url().into());
    let length = response.content_length();
    let Some(first) = response.chunk().await.map_err(broken)? else {
        return Ok(Bytes::new());
    };
    let Some(second) = response.chunk().await.map_err(broken)? else {
        return Ok(first);
    };
    // What is announced is room for it, and no more than a large page.
    let announced = usize::try_from(length.unwrap_or_default()).unwrap_or(usize::MAX);
    let mut body =
        BytesMut::with_capacity((first.len() + second.len()).max(announced.clamp(64 << 10, 1 << 20)));
    body.extend_from_slice(&first);
    body.extend_from_slice(&second);
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(GitlabError::TooLarge(LARGEST_ANSWER));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    if let Some(refused) = host_refused(&error) {
        return Failure::NotSent(GitlabError::HostRefused(refused));
    }
    if error.is_connect() || error.is_builder() {
        return Failure::NotSent(GitlabError::Unreachable(error.into()));
    }
    Failure::Lost(GitlabError::Broken(error.into()))
}

/// The resolver's refusal, from under whatever the HTTP client wrapped around it.
pub(crate) fn host_refused(error: &(dyn std::error::Error + 'static)) -> Option<HostRefused> {
    std::iter::successors(Some(error), |error| error.source())
        .find_map(|error| error.downcast_ref::<HostRefused>())
        .cloned()
}
