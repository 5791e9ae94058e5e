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
use hyper::header::ALLOW;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};

use super::bent::{bend, not_there_yet};
use super::body::{Cut, CutShort, ReplyBody};
use super::broken::{address_too_long, broken, instead, retry_later, too_large};
use super::call::Call;
use super::credentials::{Credentials, become_someone, check_token, holder};
use super::reply::{Awaited, Refusal, Reply};
use super::request;
use super::router::{self, Found, Verb};
use super::visit::{Visit, content_type, respond};
use crate::access::Viewer;
use crate::control::{self, Action, Area, Throttled, Who};
use crate::graphql;
use crate::hooks;
use crate::instance::Instance;
use crate::time_text::Moment;

/// Bodies above this are refused with 413.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// Addresses above this are refused with 414.
const MAX_ADDRESS: usize = 8 * 1024;

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
        _ if is_too_long(&head) => (address_too_long(), None),
        _ => {
            if let Some(Action::Delay(delay)) = fault {
                pause(&instance, delay).await;
            }
            let struck = fault.and_then(|action| instead(&instance, action));
            match (struck, read_body(body).await) {
                (Some(reply), _) => (reply, None),
                (None, Some(body)) => answer(&instance, peer, &head, &body, fault),
                (None, None) => (too_large(), None),
            }
        }
    };
    let reply = match reply.awaits {
        Some(Awaited { ref letter, then }) => then(&hooks::deliver(&instance, letter).await),
        None => reply,
    };
    instance.stats.count_effect(reply.effect);
    pause(&instance, latency / 2).await;
    let (reply, cut) = match fault {
        Some(Action::AcceptThenDrop) => return Err(Cut),
        Some(Action::AcceptThen500) => (broken(StatusCode::INTERNAL_SERVER_ERROR), None),
        Some(Action::AcceptThen(status)) => (broken(status), None),
        Some(Action::Truncate) => (reply, Some(CutShort::Announced)),
        Some(Action::TruncateChunked) => (reply, Some(CutShort::Chunked)),
        other => (bend(&instance, other, reply), None),
    };
    Ok(visit.answer(reply, throttled, cut))
}

/// Longer than the proxy in front takes a request line.
fn is_too_long(head: &Parts) -> bool {
    head.uri
        .path_and_query()
        .is_some_and(|address| address.as_str().len() > MAX_ADDRESS)
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
fn answer(
    instance: &Arc<Instance>,
    peer: IpAddr,
    head: &Parts,
    body: &Bytes,
    fault: Option<Action>,
) -> (Reply, Option<Throttled>) {
    let now = instance.now();
    let query = head.uri.query().unwrap_or_default();
    let sent = request::credential(&head.headers, query);
    let holder = sent.as_deref().and_then(|secret| holder(instance, secret));
    let good = holder.as_ref().filter(|(token, _)| token.is_active(now));
    let who = good.map_or(Who::Address(peer), |(_, user)| Who::User(user.id));
    let unlimited = instance.limits.lets_past(&head.headers);
    let area = Area::of(&head.method, head.uri.path());
    let throttled = if unlimited {
        None
    } else {
        instance.limits.count_request(who, area, now)
    };
    if let Some(throttled) = throttled.filter(|throttled| throttled.is_over()) {
        return (retry_later(instance, throttled, now), Some(throttled));
    }
    let credentials = Credentials {
        sent: sent.is_some(),
        holder,
    };
    instance.catch_up();
    if let Some(Action::Stale(behind)) = fault
        && let Some(reply) = not_there_yet(instance, &head.method, head.uri.path(), behind)
    {
        return (reply, throttled);
    }
    let shift = match fault {
        Some(Action::SkipRow) => 1,
        Some(Action::RepeatRow) => -1,
        _ => 0,
    };
    let sent = Sent {
        head,
        query,
        body,
        peer,
        now,
        unlimited,
        shift,
    };
    let reply = route(instance, &sent, credentials).unwrap_or_else(Reply::from);
    // Work that waits for nothing is done with the request that asked for it.
    instance.catch_up();
    (reply, throttled)
}

/// A request that the throttle let through.
struct Sent<'a> {
    head: &'a Parts,
    query: &'a str,
    body: &'a Bytes,
    peer: IpAddr,
    now: Moment,
    unlimited: bool,
    shift: i64,
}

fn route(instance: &Arc<Instance>, sent: &Sent<'_>, credentials: Credentials) -> Result<Reply, Refusal> {
    let Sent { head, query, now, .. } = *sent;
    let path = head.uri.path();
    let verb = Verb::of(&head.method);
    let below = path.strip_prefix(ROOT).filter(|below| below.starts_with('/'));
    let (endpoint, args) = match router::find(verb, path) {
        Found::Endpoint { index, args } => (index, args),
        Found::OtherVerbs(verbs) => return Ok(other_verb(instance, head, below.unwrap_or(path), &verbs)),
        Found::Nothing => {
            let Some(below) = below else {
                return Ok(outside_the_api(instance, head));
            };
            instance
                .stats
                .count_unimplemented(router::route_of_unknown(head.method.as_str(), below));
            return Reply::error(StatusCode::NOT_FOUND, "404 Not Found").refuse();
        }
    };
    instance.stats.count_endpoint(endpoint);
    if path == graphql::PATH {
        return Ok(query_graph(instance, credentials, sent.body, now));
    }
    let params = request::params(&head.headers, query, sent.body)?;
    let known = &router::endpoints()[endpoint];
    let reads = verb == Some(Verb::Get);
    let token = if known.guarded {
        check_token(credentials, reads, known.also, now)?
    } else {
        None
    };
    let (token, user) = token.unzip();
    let sudo = head
        .headers
        .get("sudo")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let sudo = sudo.or_else(|| params.get("sudo").and_then(crate::params::Param::text));
    let user = match sudo {
        Some(target) if known.guarded => Some(become_someone(instance, user, token.as_deref(), &target)?),
        _ => user,
    };
    let call = Call {
        instance,
        viewer: Viewer::new(user, now.day()),
        token,
        args,
        params,
        headers: &head.headers,
        path,
        query,
        reads,
        head: head.method == Method::HEAD,
        endpoint,
        now,
        peer: sent.peer,
        unlimited: sent.unlimited,
        shift: sent.shift,
    };
    (known.handler)(&call)
}

/// GraphQL has a body of its own and says so when a token is not good.
fn query_graph(instance: &Arc<Instance>, credentials: Credentials, body: &Bytes, now: Moment) -> Reply {
    match check_token(credentials, true, &[], now) {
        Ok(holder) => {
            let viewer = Viewer::new(holder.map(|(_, user)| user), now.day());
            graphql::answer(instance, viewer, body, now)
        }
        Err(refusal) => {
            let reply = Reply::from(refusal);
            match reply.status {
                StatusCode::UNAUTHORIZED => graphql::refused(reply.status, "Invalid token"),
                _ => reply,
            }
        }
    }
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
