use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::{KeyScope, KeyScopes, Problem, Problems, Timestamp};
use http::StatusCode;
use http::header::LOCATION;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::Shown;
use crate::app::App;
use crate::auth::{NewKey, Signed};
use crate::chain::RequestContext;
use crate::error::{ApiError, Result};
use crate::request::Body;

/// A name is for people; longer ones are none.
const LONGEST_NAME: usize = 255;
/// There are three; a list that repeats them without end is not looked at.
const MOST_SCOPES: usize = 16;

/// A key to be made.
#[expect(
    dead_code,
    reason = "only described: what is wrong with any field is told together"
)]
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct KeyRequest {
    /// What the key is for.
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    /// What it may do: `read`, `jobs`, `gateway`.
    #[schema(min_items = 1, max_items = 16)]
    scopes: Vec<String>,
    /// From when on it opens nothing; never, if null.
    expires_at: Option<Timestamp>,
}

/// A key that was made, with the key itself.
#[derive(Serialize, ToSchema)]
struct NewApiKey<'a> {
    #[serde(flatten)]
    shown: Shown<'a>,
    /// The key, shown this once.
    key: &'a str,
}

/// `POST /api/keys {name, scopes[], expiresAt?}`: a key that acts with this session's credential. The key is
/// in this answer and nowhere else. It may outlive the session, so whoever signed in more than 15 minutes ago signs in
/// again first.
#[utoipa::path(
    post, path = "/api/keys", operation_id = "createKey", tag = "API keys", security(("session" = [])),
    request_body = KeyRequest,
    responses((status = 201, description = "The key.", body = NewApiKey,
        headers(("Location" = String, description = "Its address.")))),
)]
pub(in crate::routes) async fn create(
    State(app): State<Arc<App>>,
    session: Signed,
    Extension(context): Extension<Arc<RequestContext>>,
    Body(body): Body,
) -> Result<Response> {
    let now = app.clock.now();
    if !session.is_fresh(now) {
        return Err(ApiError::sign_in_again());
    }
    let new = read(&body, now)?;
    let (secret, record) = app.keys.make(&session, new).await?;
    let id = record.id;
    context.tell_audit(|row| {
        row.target = Some(format!("key {id}"));
        row.details =
            Some(json!({ "name": record.name, "scopes": record.scopes, "expiresAt": record.expires_at }));
    });
    tracing::info!(key = %id, user = record.user.user_id, scopes = %record.scopes, "API key `{id}` was made");
    let shown = NewApiKey {
        shown: Shown::from(&record),
        key: secret.expose(),
    };
    let address = format!("/api/keys/{id}");
    Ok((StatusCode::CREATED, [(LOCATION, address)], Json(shown)).into_response())
}

/// What is wrong with any field is told at once.
fn read(body: &Map<String, Value>, now: Timestamp) -> Result<NewKey> {
    let mut problems: Vec<Problem> = body
        .keys()
        .filter(|name| !matches!(name.as_str(), "name" | "scopes" | "expiresAt"))
        .map(|name| wrong(name, "this field is not known here", "name, scopes, expiresAt"))
        .collect();
    let name = body.get("name").and_then(Value::as_str).map(str::trim);
    let name = match name {
        Some(name) if !name.is_empty() && name.chars().count() <= LONGEST_NAME => Some(name.to_owned()),
        Some(_) => {
            problems.push(wrong(
                "name",
                "a key cannot be called this",
                "1 to 255 characters",
            ));
            None
        }
        None => {
            problems.push(wrong(
                "name",
                "name is required",
                "a text that says what the key is for",
            ));
            None
        }
    };
    let scopes = scopes(body.get("scopes"), &mut problems);
    let expires_at = match body.get("expiresAt") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let moment = value.as_str().and_then(|text| Timestamp::parse(text).ok());
            if moment.is_none_or(|moment| moment <= now) {
                problems.push(wrong(
                    "expiresAt",
                    "the key cannot end at this time",
                    "a time in the future, like 2030-01-31T00:00:00Z",
                ));
            }
            moment
        }
    };
    match name {
        Some(name) if problems.is_empty() => Ok(NewKey {
            name,
            scopes,
            expires_at,
        }),
        _ => Err(Problems(problems).into()),
    }
}

fn scopes(given: Option<&Value>, problems: &mut Vec<Problem>) -> KeyScopes {
    let allowed = KeyScope::ALL.map(KeyScope::name).join(", ");
    let given = given
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    if given.is_empty() || given.len() > MOST_SCOPES {
        let message = "a key needs a list of what it may do";
        problems.push(wrong("scopes", message, &format!("a list of some of {allowed}")));
        return KeyScopes::default();
    }
    let mut found = Vec::with_capacity(given.len());
    for (place, value) in given.iter().enumerate() {
        match value.as_str().and_then(KeyScope::from_name) {
            Some(scope) => found.push(scope),
            None => problems.push(wrong(
                &format!("scopes[{place}]"),
                "there is no such scope",
                &allowed,
            )),
        }
    }
    found.into_iter().collect()
}

fn wrong(field: &str, message: &str, allowed: &str) -> Problem {
    Problem {
        field: Some(field.to_owned()),
        ..Problem::new(message).allowed(allowed)
    }
}
