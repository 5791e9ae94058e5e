//! Answers, before they become HTTP.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use serde::Serialize;

use crate::hooks::{Letter, Outcome};

/// What an answered request did to the instance, for the statistics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing changed.
    #[default]
    None,
    /// Something changed.
    Applied,
    /// Refused because the thing exists.
    Duplicate,
}

/// What the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    None,
    Json,
    Text,
    Html,
    /// A file of that media type.
    File(&'static str),
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) kind: BodyKind,
    pub(crate) body: Bytes,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) effect: Effect,
    /// What has to be delivered before the answer is known.
    pub(crate) awaits: Option<Awaited>,
}

/// A delivery to a hook that an answer waits for: handlers never wait themselves.
#[derive(Debug, Clone)]
pub(crate) struct Awaited {
    pub(crate) letter: Box<Letter>,
    /// The answer to how it went.
    pub(crate) then: fn(&Outcome) -> Reply,
}

/// What a handler gives back: an answer, or a refusal, which is one too but ends the handler at a `?`.
pub(crate) type Answer = Result<Reply, Refusal>;

/// An answer that ends a handler. Boxed: refusals are rare and results are passed a lot.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Reply>);

impl From<Reply> for Refusal {
    fn from(reply: Reply) -> Self {
        Self(Box::new(reply))
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        *refusal.0
    }
}

/// Room for the body of one project with all its fields.
const ROOM: usize = 8 << 10;

impl Reply {
    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        let mut body = Vec::with_capacity(ROOM);
        match serde_json::to_writer(&mut body, value) {
            Ok(()) => Self::raw(status, BodyKind::Json, body.into()),
            // Only a map with keys that are no text cannot be written; ours have none.
            Err(error) => {
                tracing::error!(%error, "an answer could not be written");
                Self::raw(StatusCode::INTERNAL_SERVER_ERROR, BodyKind::None, Bytes::new())
            }
        }
    }

    pub(crate) fn raw(status: StatusCode, kind: BodyKind, body: Bytes) -> Self {
        Self {
            status,
            kind,
            body,
            headers: Vec::new(),
            effect: Effect::None,
            awaits: None,
        }
    }

    /// An answer that is made when a letter has been delivered.
    pub(crate) fn after(letter: Letter, then: fn(&Outcome) -> Self) -> Self {
        let mut reply = Self::no_content();
        reply.awaits = Some(Awaited {
            letter: Box::new(letter),
            then,
        });
        reply
    }

    pub(crate) fn ok(value: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, value)
    }

    pub(crate) fn created(value: &impl Serialize) -> Self {
        Self::json(StatusCode::CREATED, value)
    }

    /// `{"message":"202 Accepted"}`
    pub(crate) fn accepted() -> Self {
        Self::message(StatusCode::ACCEPTED, "202 Accepted")
    }

    pub(crate) fn no_content() -> Self {
        Self::raw(StatusCode::NO_CONTENT, BodyKind::None, Bytes::new())
    }

    /// `{"message":"…"}`
    pub(crate) fn message(status: StatusCode, message: &str) -> Self {
        #[derive(Serialize)]
        struct Body<'a> {
            message: &'a str,
        }
        Self::json(status, &Body { message })
    }

    /// `{"error":"…"}`
    pub(crate) fn error(status: StatusCode, error: &str) -> Self {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'a str,
        }
        Self::json(status, &Body { error })
    }

    /// Says that something changed.
    pub(crate) fn applied(self) -> Self {
        self.with_effect(Effect::Applied)
    }

    /// Says that something changed, if it did.
    pub(crate) fn applied_if(self, changed: bool) -> Self {
        if changed { self.applied() } else { self }
    }

    pub(crate) fn with_effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// Adds a header; a value that cannot be one is left out.
    pub(crate) fn header(mut self, name: HeaderName, value: impl TryInto<HeaderValue>) -> Self {
        if let Ok(value) = value.try_into() {
            self.headers.push((name, value));
        }
        self
    }

    /// Ends a handler with this answer.
    pub(crate) fn refuse<T>(self) -> Result<T, Refusal> {
        Err(self.into())
    }
}
