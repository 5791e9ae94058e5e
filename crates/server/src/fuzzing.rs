//! Doors for `crates/fuzzing` to parsers that are nobody else's business.

use std::net::IpAddr;

use axum::extract::Request;
use domain::{InstanceUrl, Timestamp};
use engine::vault::Vault;
use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use crate::auth::{Attempt, Door, KeySecret};
use crate::hooks;
use crate::proxy;
use crate::request::{List, Query};
use crate::settings::TrustedProxies;

/// A form with nested keys, as the object that it stands for.
pub fn form(body: &[u8]) -> Option<Map<String, Value>> {
    crate::request::form(body).ok()
}

/// The texts of what is wrong with a query, read as a list of jobs reads its own; `None` when nothing is.
pub fn query(text: &str) -> Option<Vec<String>> {
    let mut query = Query::of(text);
    query.limit(50, 100);
    query.value("all", "true, false", |text| text.parse::<bool>().ok());
    query.values("status", "any", |text| Some(text.to_owned()));
    query.text("q");
    query.finish().err().map(|error| error.problems())
}

/// The cursor of the list at this address that goes on behind a position.
pub fn cursor(address: &str, position: &str) -> String {
    List::new(address).cursor(position)
}

/// The position that a cursor of the list at this address stands for.
pub fn position(address: &str, cursor: &str) -> Option<String> {
    List::new(address).position(cursor)
}

/// The value of the session cookie.
pub fn session_cookie(headers: &HeaderMap, production: bool) -> Option<&str> {
    crate::auth::session_cookie(headers, production)
}

/// What is offered as an API key, to the gateway or to the API.
pub fn presented_key(headers: &HeaderMap, gateway: bool) -> Option<&str> {
    let door = if gateway { Door::Gateway } else { Door::Api };
    crate::auth::presented_key(headers, door)
}

/// The text, if it has the form of an API key.
pub fn api_key(text: &str) -> Option<String> {
    KeySecret::of(text).map(|key| key.expose().to_owned())
}

/// Whether the cookie of an attempt to sign in opens, by the secret of another installation.
pub fn sign_in_attempt(cookie: &str) -> bool {
    let vault = Vault::new(vec![7; 32], None);
    vault.is_ok_and(|vault| Attempt::open(cookie, "state", &vault, Timestamp::from_millis(0)).is_some())
}

/// Where somebody goes after signing in who asked to go there.
pub fn return_to(path: &str) -> String {
    Attempt::new(Some(path), Timestamp::from_millis(0)).return_to
}

/// Whose request it is, by the word of trusted proxies.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    crate::address::client_address(peer, headers, trusted)
}

/// What one of GitLab's hooks says has changed, in words; `None` when it is about nothing that is followed.
pub fn hook(body: &[u8]) -> Option<String> {
    hooks::read(body)
}

/// Which instance a hook is from.
pub fn hook_instance(headers: &HeaderMap, configured: &InstanceUrl) -> Option<InstanceUrl> {
    hooks::instance_of(headers, configured).ok()
}

/// Whether a body that is posted to GitLab's GraphQL as JSON may change something, as the proxy reads it.
pub fn graphql_may_write(body: &[u8]) -> bool {
    proxy::graphql_may_write(&Method::POST, Some(&body.to_vec().into()))
}

/// The outermost parameters that the proxy finds in a body; `None` when they cannot be told.
pub fn parameters_of_body(headers: &HeaderMap, body: &[u8]) -> Option<Vec<String>> {
    proxy::outermost_names(headers, body)
}

/// An upload of files: their names and what they hold, what is said beside them, and how many problems there are with it;
/// `None` when it is refused as a whole. All files together hold at most so many bytes.
pub async fn upload(most: usize, request: Request) -> Option<(Vec<(String, Vec<u8>)>, Value, usize)> {
    crate::routes::upload_taken_apart(most, request).await
}

/// What an event of Socket.IO asks for, in words, and every id that it names with the room it leads to, if it is one.
pub fn socket_event(
    event: &str,
    data: &Value,
    instance: &InstanceUrl,
) -> Option<(String, Vec<(Value, Option<String>)>)> {
    crate::live::wished(event, data, instance)
}

/// The `Idempotency-Key` of a request, if it has one.
///
/// # Errors
/// It is refused, for this reason.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, String> {
    crate::request::idempotency_key(headers).map_err(|error| error.to_string())
}

/// The host that a client of the gateway's own listener has asked.
pub fn gateway_host(headers: &HeaderMap) -> Option<String> {
    crate::routes::gateway_host(headers).map(|host| host.to_string())
}

/// Whether whoever asks has the answer with this tag already.
pub fn has_answer(request: &HeaderMap, answer: &HeaderMap) -> bool {
    proxy::has_it(request, answer)
}

/// What another node says, as it would be said again; `None` when it is not understood.
pub fn said_again(bytes: &[u8]) -> Option<Vec<u8>> {
    crate::nodes::said_again(bytes)
}
