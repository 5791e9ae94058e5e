//! `/_sim/…` (the control calls).

use std::net::IpAddr;
use std::time::Duration;

use hyper::header::{AUTHORIZATION, HOST, HeaderValue, ORIGIN};
use hyper::{HeaderMap, Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::faults::Fault;
use super::limits::LimitChanges;
use crate::http::reply::Reply;
use crate::instance::Instance;
use crate::options::EstateOptions;

/// What a control request carries.
#[derive(Debug)]
pub(crate) struct ControlRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) peer: IpAddr,
    pub(crate) body: &'a [u8],
}

const CALLS: &str = "POST /_sim/reset, GET, POST and DELETE /_sim/faults, GET, POST and DELETE /_sim/limits, \
                     GET and POST /_sim/clock, POST /_sim/images, GET /_sim/stats, GET /_sim/journal";

/// Answers a control call, from this machine or with the control token.
pub(crate) fn answer(instance: &Instance, request: &ControlRequest<'_>) -> Reply {
    if is_of_another_site(request.headers) {
        let text = "control calls are not allowed from a page of another site";
        return Reply::error(StatusCode::FORBIDDEN, text);
    }
    if !is_allowed(instance, request) {
        return Reply::error(
            StatusCode::FORBIDDEN,
            "control calls are allowed from loopback, or with `Authorization: Bearer` and the control token",
        );
    }
    let answered = match (request.method.as_str(), request.path.trim_end_matches('/')) {
        ("POST", "/_sim/reset") => reset(instance, request.body),
        ("GET", "/_sim/faults") => Ok(show_faults(instance)),
        ("POST", "/_sim/faults") => add_faults(instance, request.body),
        ("DELETE", "/_sim/faults") => {
            instance.faults.clear();
            Ok(Reply::no_content())
        }
        ("GET", "/_sim/limits") => Ok(Reply::ok(&instance.limits.in_force())),
        ("POST", "/_sim/limits") => change_limits(instance, request.body),
        ("DELETE", "/_sim/limits") => {
            instance.limits.reset();
            Ok(Reply::no_content())
        }
        ("GET", "/_sim/clock") => Ok(show_clock(instance)),
        ("POST", "/_sim/clock") => forward(instance, request.body),
        ("POST", "/_sim/images") => push_image(instance, request.body),
        ("GET", "/_sim/stats") => Ok(Reply::ok(
            &instance.stats.report(&instance.state(), &instance.courier),
        )),
        ("GET", "/_sim/journal") => journal(instance, request.query),
        _ => {
            return Reply::error(
                StatusCode::NOT_FOUND,
                &format!("no such control call; there are: {CALLS}"),
            );
        }
    };
    answered.unwrap_or_else(|wrong| Reply::error(StatusCode::BAD_REQUEST, &wrong))
}

/// A browser sends it for some page that is not ours: whoever visits that page did not ask for it.
fn is_of_another_site(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let origin = text(ORIGIN).map(|origin| origin.split_once("://").map_or(origin, |(_, host)| host));
    origin.is_some_and(|origin| Some(origin) != text(HOST))
}

fn is_allowed(instance: &Instance, request: &ControlRequest<'_>) -> bool {
    if request.peer.to_canonical().is_loopback() {
        return true;
    }
    let sent = request
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| value.strip_prefix("Bearer "));
    match (&instance.control_token, sent) {
        (Some(token), Some(sent)) => same_text(token.as_bytes(), sent.as_bytes()),
        _ => false,
    }
}

/// Compares without telling by its time how much was right.
fn same_text(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    seed: Option<u64>,
    groups: Option<u32>,
    projects: Option<u32>,
    users: Option<u32>,
}

#[derive(Debug, Serialize)]
struct WasReset {
    seed: u64,
    groups: u32,
    projects: u32,
    users: u32,
}

fn reset(instance: &Instance, body: &[u8]) -> Result<Reply, String> {
    let wanted: Reset = read(
        body,
        "{seed?, groups?, projects?, users?}, all whole numbers from 0",
    )?;
    let before = instance.estate();
    let EstateOptions {
        seed,
        groups,
        projects,
        users,
    } = EstateOptions {
        seed: wanted.seed.unwrap_or(before.seed),
        groups: wanted.groups.unwrap_or(before.groups),
        projects: wanted.projects.unwrap_or(before.projects),
        users: wanted.users.unwrap_or(before.users),
    };
    instance.reset(EstateOptions {
        seed,
        groups,
        projects,
        users,
    });
    Ok(Reply::ok(&WasReset {
        seed,
        groups,
        projects,
        users,
    }))
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<serde_json::Value>),
    One(serde_json::Value),
}

fn add_faults(instance: &Instance, body: &[u8]) -> Result<Reply, String> {
    const ALLOWED: &str = "[{match?: {method?, path?}, nth? | every? | probability?, times?, action}]";
    let given: OneOrMany = read(body, ALLOWED)?;
    let values = match given {
        OneOrMany::Many(values) => values,
        OneOrMany::One(value) => vec![value],
    };
    let mut faults = Vec::with_capacity(values.len());
    for (index, value) in values.into_iter().enumerate() {
        let fault: Result<Fault, _> = serde_json::from_value(value);
        faults.push(fault.map_err(|error| format!("fault {index}: {error}; allowed: {ALLOWED}"))?);
    }
    instance.faults.add(faults);
    Ok(show_faults(instance))
}

fn show_faults(instance: &Instance) -> Reply {
    #[derive(Serialize)]
    struct Faults {
        faults: Vec<Fault>,
    }
    Reply::ok(&Faults {
        faults: instance.faults.list(),
    })
}

fn change_limits(instance: &Instance, body: &[u8]) -> Result<Reply, String> {
    let changes: LimitChanges = read(
        body,
        "{latencyMs?, perSecond?, perMinute?, endpoints?: {\"POST /projects\": {limit, seconds}}, preset?: \
         \"self-managed\" | \"gitlab.com\", bypassHeader?, throttleAllowlist?: [user id], throttleDryRun?}; 0 or \
         null turns one off, {} turns all off",
    )?;
    instance
        .limits
        .change(changes)
        .map_err(|error| error.to_string())?;
    Ok(Reply::ok(&instance.limits.in_force()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Forward {
    forward_ms: u64,
}

fn forward(instance: &Instance, body: &[u8]) -> Result<Reply, String> {
    let Forward { forward_ms } = read(body, "{forwardMs}, a whole number from 0")?;
    instance.forward(Duration::from_millis(forward_ms));
    Ok(show_clock(instance))
}

fn show_clock(instance: &Instance) -> Reply {
    #[derive(Serialize)]
    struct Clock {
        now: String,
    }
    Reply::ok(&Clock {
        now: instance.now().to_string(),
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pushed {
    project: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    tags: Vec<String>,
}

fn push_image(instance: &Instance, body: &[u8]) -> Result<Reply, String> {
    let pushed: Pushed = read(
        body,
        "{project, name?, tags?: [text]}: the full path of a project, and what the image is called below it",
    )?;
    if instance.push_image(&pushed.project, &pushed.name, &pushed.tags) {
        Ok(Reply::no_content())
    } else {
        Err(format!("there is no project {:?}", pushed.project))
    }
}

fn journal(instance: &Instance, query: &str) -> Result<Reply, String> {
    #[derive(Serialize)]
    struct Entries {
        entries: Vec<super::JournalEntry>,
    }
    let since = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "since");
    let since = match since {
        Some((_, text)) => text
            .parse()
            .map_err(|_| "since is a whole number from 0".to_owned())?,
        None => 0,
    };
    Ok(Reply::ok(&Entries {
        entries: instance.journal.since(since),
    }))
}

/// Reads a body; an empty one is `{}`.
fn read<'b, T: Deserialize<'b>>(body: &'b [u8], allowed: &str) -> Result<T, String> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| format!("{error}; allowed: {allowed}"))
}
