use std::pin::pin;
use std::sync::PoisonError;

use bytes::{Bytes, BytesMut};
use futures::future::{self, Either};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tracing::Instrument;
use url::Url;

use crate::egress::HostRefused;
use crate::error::{GitlabError, request_id};
use crate::instance_clock;
use crate::pace::{Pass, Waiting};
use crate::redact;
use crate::route;
use crate::session::Inner;
use crate::verdict::{Outcome, is_resource_lock};
use crate::watch::Arrival;

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
            let exchange = pin!(self.exchange(pass, method.clone(), url, json));
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
        let mut response = self.send_once(&method, &url, json.as_ref(), header).await?;
        if response.status() == StatusCode::UNAUTHORIZED
            && let Some(header) = self.credential.after_refusal(token.as_ref()).await
        {
            // Nothing was done, so that it may be sent again, whatever it is.
            response = self.send_once(&method, &url, json.as_ref(), header).await?;
        }
        let refused_until = self.take_in(pass, response.status(), response.headers(), sent);
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let body = match read(response).await {
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
        method: &Method,
        url: &Url,
        json: Option<&Bytes>,
        (name, value): (HeaderName, HeaderValue),
    ) -> Result<reqwest::Response, Failure> {
        let mut request = self
            .shared
            .http
            .request(method.clone(), url.clone())
            .header(name, value)
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(json) = json {
            let kind = HeaderValue::from_static("application/json");
            request = request.header(CONTENT_TYPE, kind).body(json.clone());
        }
        request.send().await.map_err(failure)
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
