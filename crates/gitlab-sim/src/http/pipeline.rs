//! A request's way, in GitLab's order (GitLab API facts §11.2): throttle, route, verb, body, token, scope; then
//! the handler validates, counts against the endpoint's limit, finds, authorises and acts.
//!
//! Around it lies what the control calls steer: faults strike first, as a proxy in front would, and latency is
//! spent half before and half after the work, so that an impatient client meets both.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, RETRY_AFTER,
};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};

use super::body::{Cut, ReplyBody};
use super::call::Call;
use super::refuse;
use super::reply::{BodyKind, Refusal, Reply};
use super::request;
use super::router::{self, Found, Verb};
use crate::access::Viewer;
use crate::control::{self, Action, Throttled, Who};
use crate::instance::Instance;
use crate::state::{Token, User, UserState};
use crate::time_text::Moment;

/// Bodies above this are refused with 413.
const MAX_BODY: usize = 10 * 1024 * 1024;

const ROOT: &str = "/api/v4";

/// Answers one request, or cuts its connection.
pub(crate) async fn serve(
    instance: Arc<Instance>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Result<Response<ReplyBody>, Cut> {
    let (head, body) = request.into_parts();
    if head.uri.path().starts_with("/_sim") {
        return control(&instance, peer, &head, body).await;
    }
    let mut visit = Visit::new(&instance, &head);
    let latency = instance.limits.latency();
    pause(&instance, latency / 2).await;

    let fault = instance.faults.strike(&head.method, head.uri.path());
    let (reply, throttled) = match fault {
        Some(Action::Drop) => return Err(Cut),
        Some(Action::Hang) => {
            instance.stopping.cancelled().await;
            return Err(Cut);
        }
        Some(Action::Status(status)) => (broken(status), None),
        Some(Action::Throttle(seconds)) => (throttle_fault(&instance, seconds), None),
        before_or_after => {
            if let Some(Action::Delay(delay)) = before_or_after {
                pause(&instance, delay).await;
            }
            let Some(body) = read_body(body).await else {
                return Ok(visit.answer(too_large(), None, false));
            };
            answer(&instance, peer, &head, &body)
        }
    };
    instance.stats.count_effect(reply.effect);
    pause(&instance, latency / 2).await;
    match fault {
        Some(Action::AcceptThenDrop) => Err(Cut),
        Some(Action::AcceptThen500) => {
            Ok(visit.answer(broken(StatusCode::INTERNAL_SERVER_ERROR), throttled, false))
        }
        Some(Action::Truncate) => Ok(visit.answer(reply, throttled, true)),
        _ => Ok(visit.answer(reply, throttled, false)),
    }
}

async fn pause(instance: &Instance, duration: Duration) {
    if !duration.is_zero() {
        instance.clock.sleep(duration).await;
    }
}

/// None when it is too large or breaks off.
async fn read_body(body: Incoming) -> Option<Bytes> {
    if hyper::body::Body::is_end_stream(&body) {
        return Some(Bytes::new());
    }
    Limited::new(body, MAX_BODY)
        .collect()
        .await
        .ok()
        .map(http_body_util::Collected::to_bytes)
}

async fn control(
    instance: &Instance,
    peer: IpAddr,
    head: &Parts,
    body: Incoming,
) -> Result<Response<ReplyBody>, Cut> {
    let body = read_body(body).await.ok_or(Cut)?;
    let request = control::ControlRequest {
        method: &head.method,
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        headers: &head.headers,
        peer,
        body: &body,
    };
    let reply = control::answer(instance, &request);
    let mut headers = HeaderMap::with_capacity(2);
    content_type(&mut headers, reply.kind);
    Ok(respond(reply.status, headers, ReplyBody::whole(reply.body)))
}

/// The request without faults and latency.
fn answer(instance: &Instance, peer: IpAddr, head: &Parts, body: &Bytes) -> (Reply, Option<Throttled>) {
    let now = instance.now();
    let query = head.uri.query().unwrap_or_default();
    let sent = request::credential(&head.headers, query);
    let holder = sent.as_deref().and_then(|secret| holder(instance, secret));
    let good = holder.as_ref().filter(|(token, _)| token.is_active(now.day()));
    let who = good.map_or(Who::Address(peer), |(_, user)| Who::User(user.id));
    let throttled = instance.limits.count_request(who, now);
    if let Some(throttled) = throttled.filter(|throttled| throttled.is_over()) {
        return (retry_later(throttled, now), Some(throttled));
    }
    let credentials = Credentials {
        sent: sent.is_some(),
        holder,
    };
    let reply = route(instance, head, query, credentials, body, now).unwrap_or_else(Reply::from);
    (reply, throttled)
}

struct Credentials {
    sent: bool,
    holder: Option<Holder>,
}

type Holder = (Arc<Token>, Arc<User>);

fn holder(instance: &Instance, secret: &str) -> Option<Holder> {
    let state = instance.state();
    let token = state.tokens.by_secret(secret)?;
    let user = state.users.get(token.user)?;
    Some((Arc::clone(token), Arc::clone(user)))
}

fn route(
    instance: &Instance,
    head: &Parts,
    query: &str,
    credentials: Credentials,
    body: &Bytes,
    now: Moment,
) -> Result<Reply, Refusal> {
    let path = head.uri.path();
    let verb = Verb::of(&head.method);
    let Some(below) = path.strip_prefix(ROOT).filter(|below| below.starts_with('/')) else {
        return Ok(outside_the_api(instance, head));
    };
    let (endpoint, args) = match router::find(verb, below) {
        Found::Endpoint { index, args } => (index, args),
        Found::OtherVerbs(verbs) => return Ok(other_verb(instance, head, below, &verbs)),
        Found::Nothing => {
            instance
                .stats
                .count_unimplemented(router::route_of_unknown(head.method.as_str(), below));
            return Reply::error(StatusCode::NOT_FOUND, "404 Not Found").refuse();
        }
    };
    instance.stats.count_endpoint(endpoint);
    let params = request::params(&head.headers, query, body)?;
    let known = &router::endpoints()[endpoint];
    let reads = verb == Some(Verb::Get);
    let token = check_token(credentials, reads, known.also, now)?;
    let (token, user) = token.unzip();
    let sudo = head
        .headers
        .get("sudo")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let sudo = sudo.or_else(|| params.get("sudo").and_then(crate::params::Param::text));
    let user = match sudo {
        Some(target) => Some(become_someone(instance, user, token.as_deref(), &target)?),
        None => user,
    };
    let call = Call {
        instance,
        viewer: Viewer::new(user, now.day()),
        token,
        args,
        params,
        path,
        query,
        reads,
        endpoint,
        now,
    };
    (known.handler)(&call)
}

fn outside_the_api(instance: &Instance, head: &Parts) -> Reply {
    let path = head.uri.path();
    if path.starts_with("/api/v3/") {
        let text = "API V3 is no longer supported. Use API V4 instead.";
        return Reply::error(StatusCode::GONE, text);
    }
    instance
        .stats
        .count_unimplemented(router::route_of_unknown(head.method.as_str(), path));
    Reply::error(StatusCode::NOT_FOUND, "404 Not Found")
}

fn other_verb(instance: &Instance, head: &Parts, below: &str, verbs: &[Verb]) -> Reply {
    let mut allowed: Vec<&str> = verbs.iter().map(|verb| verb.as_str()).collect();
    if allowed.contains(&"GET") {
        allowed.push("HEAD");
    }
    allowed.insert(0, "OPTIONS");
    let allowed = allowed.join(", ");
    if head.method == Method::OPTIONS {
        return Reply::no_content().header(ALLOW, allowed);
    }
    instance
        .stats
        .count_unimplemented(router::route_of_unknown(head.method.as_str(), below));
    Reply::error(StatusCode::METHOD_NOT_ALLOWED, "405 Not Allowed").header(ALLOW, allowed)
}

/// Whose request it is. Nobody's without a token; refused with one that is not good for this call.
fn check_token(
    credentials: Credentials,
    reads: bool,
    also: &'static [&'static str],
    now: Moment,
) -> Result<Option<Holder>, Refusal> {
    let Some((token, user)) = credentials.holder else {
        return if credentials.sent {
            Err(refuse::unauthorized())
        } else {
            Ok(None)
        };
    };
    if token.revoked {
        return Err(refuse::invalid_token(
            "Token was revoked. You have to re-authorize from the user.",
        ));
    }
    if token.is_expired(now.day()) {
        return Err(refuse::invalid_token(
            "Token is expired. You can either do re-authorization or token refresh.",
        ));
    }
    let enough = token.has_scope("api")
        || reads && token.has_scope("read_api")
        || also.iter().any(|scope| *scope == "*" || token.has_scope(scope));
    if !enough {
        let mut accepted = vec!["api"];
        if reads {
            accepted.push("read_api");
        }
        accepted.extend(also);
        return Err(refuse::insufficient_scope(&accepted.join(" ")));
    }
    match user.state {
        UserState::Active => Ok(Some((token, user))),
        UserState::Blocked | UserState::Banned => {
            Err(refuse::forbidden_because("Your account has been blocked."))
        }
        UserState::Deactivated => Err(refuse::forbidden_because(
            "Your account has been deactivated by your administrator. Please log back in from a web browser to \
             reactivate your account.",
        )),
    }
}

fn become_someone(
    instance: &Instance,
    user: Option<Arc<User>>,
    token: Option<&Token>,
    target: &str,
) -> Result<Arc<User>, Refusal> {
    let user = user.ok_or_else(refuse::unauthorized)?;
    if !user.admin {
        return Err(refuse::forbidden_because("Must be admin to use sudo"));
    }
    if !token.is_some_and(|token| token.has_scope("sudo")) {
        return Err(refuse::insufficient_scope("sudo"));
    }
    let state = instance.state();
    let found = match target.parse() {
        Ok(id) => state.users.get(crate::ids::UserId(id)),
        Err(_) => state.users.by_username(target),
    };
    found
        .cloned()
        .ok_or_else(|| refuse::not_found(&format!("User with ID or username '{target}'")))
}

// --- answers that no handler makes

/// What the instance, or a proxy in front of it, says when something is broken.
fn broken(status: StatusCode) -> Reply {
    let title = status.canonical_reason().unwrap_or("Error");
    match status.as_u16() {
        401 => refuse::unauthorized().into(),
        403 => refuse::forbidden().into(),
        404 => Reply::message(status, "404 Not Found"),
        409 => Reply::message(status, "409 Conflict: Resource lock"),
        429 => Reply::raw(status, BodyKind::Text, Bytes::from_static(b"Retry later\n")),
        500 => Reply::message(status, "500 Internal Server Error"),
        502..=504 | 520..=526 => {
            let code = status.as_u16();
            let page = format!(
                "<html>\r\n<head><title>{code} {title}</title></head>\r\n<body>\r\n<center><h1>{code} \
                 {title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
            );
            Reply::raw(status, BodyKind::Html, page.into())
        }
        code => Reply::message(status, &format!("{code} {title}")),
    }
}

fn too_large() -> Reply {
    Reply::error(StatusCode::PAYLOAD_TOO_LARGE, "413 Request Entity Too Large")
}

/// The request throttle's 429.
fn retry_later(throttled: Throttled, now: Moment) -> Reply {
    let wait = throttled.reset.saturating_sub(now.0.div_euclid(1_000)).max(1);
    Reply::raw(
        StatusCode::TOO_MANY_REQUESTS,
        BodyKind::Text,
        Bytes::from_static(b"Retry later\n"),
    )
    .header(RETRY_AFTER, wait)
    .header(RATE_LIMIT_RESET_TIME, Moment(throttled.reset * 1_000).http_date())
}

fn throttle_fault(instance: &Instance, seconds: u64) -> Reply {
    let now = instance.now();
    let reset = now
        .0
        .div_euclid(1_000)
        .saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX));
    let throttled = Throttled {
        limit: 1,
        period: 60,
        observed: 2,
        reset,
        signed_in: true,
    };
    throttled
        .headers()
        .into_iter()
        .fold(retry_later(throttled, now), |reply, (name, value)| {
            reply.header(name, value)
        })
}

impl Throttled {
    fn headers(self) -> [(HeaderName, String); 5] {
        // The limit is always shown per minute, whatever the period (GitLab API facts §4.2).
        let per_minute = (self.limit * 60).div_ceil(self.period.max(1));
        [
            (RATE_LIMIT_LIMIT, per_minute.to_string()),
            (RATE_LIMIT_NAME, self.name().to_owned()),
            (RATE_LIMIT_OBSERVED, self.observed.to_string()),
            (RATE_LIMIT_REMAINING, self.remaining().to_string()),
            (RATE_LIMIT_RESET, self.reset.to_string()),
        ]
    }
}

const RATE_LIMIT_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATE_LIMIT_NAME: HeaderName = HeaderName::from_static("ratelimit-name");
const RATE_LIMIT_OBSERVED: HeaderName = HeaderName::from_static("ratelimit-observed");
const RATE_LIMIT_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const RATE_LIMIT_RESET_TIME: HeaderName = HeaderName::from_static("ratelimit-resettime");
const X_GITLAB_META: HeaderName = HeaderName::from_static("x-gitlab-meta");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_RUNTIME: HeaderName = HeaderName::from_static("x-runtime");

/// One request from its first byte to its last: counted in flight, and written down however it ends.
struct Visit<'a> {
    instance: &'a Instance,
    method: Method,
    path: String,
    if_none_match: Option<HeaderValue>,
    came: Moment,
    started: Duration,
    status: Option<StatusCode>,
}

impl<'a> Visit<'a> {
    fn new(instance: &'a Instance, head: &Parts) -> Self {
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
    fn answer(&mut self, reply: Reply, throttled: Option<Throttled>, truncated: bool) -> Response<ReplyBody> {
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
        let body = if truncated {
            ReplyBody::half(&reply.body)
        } else {
            ReplyBody::whole(reply.body)
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

fn content_type(headers: &mut HeaderMap, kind: BodyKind) {
    let kind = match kind {
        BodyKind::None => return,
        BodyKind::Json => "application/json",
        BodyKind::Text => "text/plain",
        BodyKind::Html => "text/html",
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

fn respond(status: StatusCode, headers: HeaderMap, body: ReplyBody) -> Response<ReplyBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
