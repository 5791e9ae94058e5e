use std::fmt;

use bytes::Bytes;
use domain::Timestamp;
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::attempt::Failure;
use crate::error::{GitlabError, Refusal, request_id};
use crate::instance_clock;
use crate::pace::{Lane, Waiting};
use crate::read::{encode, parse, refusal};
use crate::session::Gitlab;
use crate::verdict::{Effect, Verdict, verdict};

/// The ways to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WriteMethod {
    /// Creates, or starts something.
    Post,
    /// Changes.
    Put,
    /// Changes, where GitLab has it instead of PUT.
    Patch,
    /// Removes.
    Delete,
}

/// One request that changes something.
#[derive(Clone, PartialEq)]
pub struct WriteRequest {
    /// How.
    pub method: WriteMethod,
    /// What: relative to `/api/v4/`, encoded.
    pub path: String,
    /// Parameters in the URL, encoded: `permanently_remove=true`. Never for secrets.
    pub query: Option<String>,
    /// Parameters in the body. May hold secrets, so `Debug` does not show it.
    pub body: Option<Value>,
}

/// What came of a write. Exactly one of them, and only [`Answer::Unknown`] leaves a doubt.
#[derive(Debug)]
pub enum Answer {
    /// GitLab did it, or it was so already (304).
    Done(Reply),
    /// GitLab did nothing and will not do it; a 401 is among them.
    Refused(Refusal),
    /// GitLab did nothing because of a limit, or our own budget would make it wait too long. Not an attempt.
    Throttled(Waiting),
    /// GitLab did nothing because somebody else was at it (resource lock). Sending again is safe.
    Busy(Refusal),
    /// Nothing left this machine. Sending again is safe.
    NotSent(GitlabError),
    /// GitLab may have done it or not: the answer was lost, cut off, or a 5xx. Look before anything else.
    Unknown(Doubt),
}

/// GitLab's answer to a write that it has carried out.
#[derive(Clone)]
pub struct Reply {
    /// Its status: 2xx or 304.
    pub status: StatusCode,
    /// Its body, as it came; empty for 204 and 304. May hold a secret (a token just created).
    pub body: Bytes,
    /// GitLab's name for this request.
    pub request_id: Option<String>,
    /// When GitLab wrote the answer, in its own clock, whole seconds.
    pub date: Option<Timestamp>,
}

/// Why it is not known whether a write was carried out.
#[derive(Debug)]
pub enum Doubt {
    /// No whole answer: timed out, cut off.
    Lost(GitlabError),
    /// An answer that says nothing about it (500, 502, 503, 504, …).
    Answered(Refusal),
}

impl Gitlab {
    /// Sends a write, once. It is never repeated here: whether that is safe is the caller's to decide.
    ///
    /// Dropping the future before it is done leaves it unknown whether the write was carried out.
    pub async fn send(&self, request: &WriteRequest, lane: Lane) -> Answer {
        self.send_after(request, lane, std::future::ready(true)).await
    }

    /// As [`Gitlab::send`], but awaits `ready` after all waiting for the budget, directly before the request
    /// leaves: the place to commit an intent, and to look once more whether it is still wanted. It is not
    /// polled unless the request may be sent. `false` gives [`GitlabError::Withheld`] in [`Answer::NotSent`].
    pub async fn send_after(
        &self,
        request: &WriteRequest,
        lane: Lane,
        ready: impl Future<Output = bool> + Send,
    ) -> Answer {
        let url = match self.inner.url(&request.path, request.query.as_deref()) {
            Ok(url) => url,
            Err(error) => return Answer::NotSent(error),
        };
        let method = request.method.http();
        let json = request.body.as_ref().map(|body| Bytes::from(body.to_string()));
        let pass = match self
            .inner
            .budget
            .pass(lane, &self.inner.job, &method, self.inner.endpoint(&url))
            .await
        {
            Ok(pass) => pass,
            Err(waiting) => return Answer::Throttled(waiting),
        };
        if !ready.await {
            return Answer::NotSent(GitlabError::Withheld);
        }
        let attempt = self.inner.attempt(&pass, Effect::Write, method, url, json).await;
        drop(pass);
        match attempt {
            Err(failure) => match (verdict(Effect::Write, failure.outcome()), failure) {
                (Verdict::Transient, Failure::NotSent(error)) => Answer::NotSent(error),
                (_, failure) => Answer::Unknown(Doubt::Lost(failure.into_error())),
            },
            Ok(answer) => match (verdict(Effect::Write, answer.outcome()), answer.refused_until) {
                (Verdict::Done, _) => Answer::Done(Reply::new(answer.status, &answer.headers, answer.body)),
                (Verdict::WaitUntil(_), Some(waiting)) => Answer::Throttled(waiting),
                (Verdict::Transient, _) => Answer::Busy(refusal(&answer)),
                (Verdict::Final, _) => Answer::Refused(refusal(&answer)),
                (Verdict::Unknown | Verdict::WaitUntil(_), _) => {
                    Answer::Unknown(Doubt::Answered(refusal(&answer)))
                }
            },
        }
    }
}

impl WriteMethod {
    /// As HTTP spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn http(self) -> Method {
        match self {
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
}

impl WriteRequest {
    /// A request without parameters.
    pub fn new(method: WriteMethod, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: None,
            body: None,
        }
    }

    /// `POST`
    pub fn post(path: impl AsRef<str>) -> Self {
        Self::new(WriteMethod::Post, path.as_ref())
    }

    /// `PUT`
    pub fn put(path: impl AsRef<str>) -> Self {
        Self::new(WriteMethod::Put, path.as_ref())
    }

    /// `PATCH`
    pub fn patch(path: impl AsRef<str>) -> Self {
        Self::new(WriteMethod::Patch, path.as_ref())
    }

    /// `DELETE`
    pub fn delete(path: impl AsRef<str>) -> Self {
        Self::new(WriteMethod::Delete, path.as_ref())
    }

    /// The same request with these parameters in its body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Value>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The same request with these parameters in its URL.
    ///
    /// # Errors
    /// `query` is not a flat list of names and values.
    pub fn query(mut self, query: &(impl Serialize + ?Sized)) -> Result<Self, GitlabError> {
        self.query = Some(encode(query)?);
        Ok(self)
    }
}

impl Reply {
    fn new(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Self {
        Self {
            status,
            body,
            request_id: request_id(headers),
            date: instance_clock::date(headers),
        }
    }

    /// The body as a resource.
    ///
    /// # Errors
    /// It is none. The write has been carried out all the same.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, GitlabError> {
        parse(&self.body)
    }
}

impl Doubt {
    /// GitLab's status, where there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Lost(_) => None,
            Self::Answered(refusal) => Some(refusal.status),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(error) => error.fmt(f),
            Self::Answered(refusal) => write!(f, "GitLab answered {}: {refusal}", refusal.status.as_u16()),
        }
    }
}

impl fmt::Debug for WriteRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.http(), crate::redact::url(&self.path))
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status.as_u16())
            .field("bytes", &self.body.len())
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}
