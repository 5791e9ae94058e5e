//! One request from its first byte to its last.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Response, StatusCode};

use super::body::{CutShort, ReplyBody};
use super::reply::{BodyKind, Reply};
use crate::control::Throttled;
use crate::instance::Instance;
use crate::time_text::Moment;

const X_GITLAB_META: HeaderName = HeaderName::from_static("x-gitlab-meta");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_RUNTIME: HeaderName = HeaderName::from_static("x-runtime");
/// One request from its first byte to its last: counted in flight, and written down however it ends.
pub(super) struct Visit<'a> {
    instance: &'a Instance,
    method: Method,
    path: String,
    if_none_match: Option<HeaderValue>,
    came: Moment,
    started: Duration,
    status: Option<StatusCode>,
}

impl<'a> Visit<'a> {
    pub(super) fn new(instance: &'a Instance, head: &Parts) -> Self {
        instance.stats.enter();
        Self {
            instance,
            method: head.method.clone(),
            path: head.uri.path().to_owned(),
            if_none_match: head.headers.get(IF_NONE_MATCH).cloned(),
            came: instance.now(),
            started: instance.clock.monotonic(),
            status: None,
        }
    }

    /// The answer with the headers every answer has.
    pub(super) fn answer(
        &mut self,
        reply: Reply,
        throttled: Option<Throttled>,
        cut: Option<CutShort>,
    ) -> Response<ReplyBody> {
        let mut reply = reply;
        let mut headers = HeaderMap::with_capacity(reply.headers.len() + 12);
        let is_read = self.method == Method::GET || self.method == Method::HEAD;
        if is_read && reply.status == StatusCode::OK {
            let tag = entity_tag(&reply.body);
            let known = self.if_none_match.as_ref().is_some_and(|known| *known == tag);
            headers.insert(ETAG, tag);
            headers.insert(
                CACHE_CONTROL,
                HeaderValue::from_static("max-age=0, private, must-revalidate"),
            );
            if known {
                reply.status = StatusCode::NOT_MODIFIED;
                reply.kind = BodyKind::None;
                reply.body = Bytes::new();
            }
        }
        content_type(&mut headers, reply.kind);
        for (name, value) in reply.headers {
            headers.append(name, value);
        }
        if let Some(throttled) = throttled {
            for (name, value) in throttled.headers() {
                insert(&mut headers, name, value);
            }
        }
        self.identify(&mut headers);
        self.status = Some(reply.status);
        if reply.status == StatusCode::TOO_MANY_REQUESTS {
            self.instance.stats.count_rate_limited();
        }
        let body = match cut {
            Some(cut) => ReplyBody::half(&reply.body, cut),
            None => ReplyBody::whole(reply.body),
        };
        respond(reply.status, headers, body)
    }

    fn identify(&self, headers: &mut HeaderMap) {
        let now = self.instance.now();
        let id = self.instance.request_ids.next(now);
        let runtime = self
            .instance
            .clock
            .monotonic()
            .saturating_sub(self.started)
            .as_micros();
        insert(headers, DATE, now.http_date());
        insert(
            headers,
            X_GITLAB_META,
            format!("{{\"correlation_id\":\"{id}\",\"version\":\"1\"}}"),
        );
        insert(headers, X_REQUEST_ID, id);
        insert(
            headers,
            X_RUNTIME,
            format!("{}.{:06}", runtime / 1_000_000, runtime % 1_000_000),
        );
        headers.insert(hyper::header::VARY, HeaderValue::from_static("Origin"));
        headers.insert(
            hyper::header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        headers.insert(
            hyper::header::X_FRAME_OPTIONS,
            HeaderValue::from_static("SAMEORIGIN"),
        );
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.instance.stats.leave(self.status);
        let status = self.status.map_or(0, |status| status.as_u16());
        let took = self.instance.clock.monotonic().saturating_sub(self.started);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.instance
            .journal
            .write(self.method.clone(), &self.path, status, self.came, micros);
    }
}

/// A weak tag of the content. Not cryptographic, and fast: a page of projects is half a megabyte.
fn entity_tag(body: &[u8]) -> HeaderValue {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(PRIME).rotate_left(29);
    let mut words = body.chunks_exact(8);
    let mut hash = words.by_ref().fold(PRIME, |hash, word| {
        mix(hash, word.try_into().map_or(0, u64::from_le_bytes))
    });
    for byte in words.remainder() {
        hash = mix(hash, u64::from(*byte));
    }
    let tag = format!("W/\"{:016x}{:016x}\"", mix(hash, PRIME), body.len());
    HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("W/\"\""))
}

pub(super) fn content_type(headers: &mut HeaderMap, kind: BodyKind) {
    let kind = match kind {
        BodyKind::None => return,
        BodyKind::Json => "application/json",
        BodyKind::Text => "text/plain",
        BodyKind::Html => "text/html",
        BodyKind::File(kind) => kind,
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

pub(super) fn respond(status: StatusCode, headers: HeaderMap, body: ReplyBody) -> Response<ReplyBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
