use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use domain::{Problem, Problems};
use futures::future::{self, Either};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};

use super::form;
use crate::app::App;
use crate::error::{ApiError, Result};

/// A body has to be here within this time; slower ones only keep a connection busy.
const LONGEST: Duration = Duration::from_mins(1);

/// A sign-in is an address and a token; of strangers no more than this is read, and what it is parsed into is small too.
const LARGEST_OF_STRANGERS: usize = 16 * 1024;

/// A JSON object, or a form with nested keys that reads like one. An empty body is `{}`.
///
/// The values are not interpreted here, and no message about them repeats them: they may be secret.
#[derive(Clone, Debug)]
pub(crate) struct Body(pub(crate) Map<String, Value>);

/// The same where nobody has signed in yet: a few kilobytes.
#[derive(Clone, Debug)]
pub(crate) struct BodyOfStranger(pub(crate) Map<String, Value>);

impl FromRequest<Arc<App>> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self> {
        Self::up_to(app.settings.max_request_size, request, app).await
    }
}

impl FromRequest<Arc<App>> for BodyOfStranger {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self> {
        let most = LARGEST_OF_STRANGERS.min(app.settings.max_request_size);
        Body::up_to(most, request, app).await.map(|Body(body)| Self(body))
    }
}

impl Body {
    async fn up_to(most: usize, request: Request, app: &App) -> Result<Self> {
        let format = Format::of(request.headers())?;
        let bytes = read(most, request, app).await?;
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        let object = match format {
            Format::Form => form::parse(&bytes),
            Format::Json => match serde_json::from_slice(&bytes) {
                Ok(Value::Object(object)) => Ok(object),
                Ok(_) => Err(ApiError::invalid(
                    Problem::new("the body has to be a JSON object").into(),
                )),
                Err(error) => {
                    let message = format!(
                        "the body is not JSON: line {}, column {}",
                        error.line(),
                        error.column()
                    );
                    Err(ApiError::invalid(Problem::new(message).into()))
                }
            },
        }?;
        let mut nuls = Vec::new();
        find_nuls("", &object, &mut nuls);
        Problems(nuls).into_result()?;
        Ok(Self(object))
    }
}

/// Says of every text that holds a NUL where it is: no database takes it for a text, and nothing has such a name.
fn find_nuls(place: &str, object: &Map<String, Value>, problems: &mut Vec<Problem>) {
    for (name, value) in object {
        let has_nul = name.contains('\0');
        if has_nul || holds_nul(value) {
            let field = format!("{place}{}", name.replace('\0', "\u{fffd}"));
            match value {
                Value::Object(parts) if !has_nul => find_nuls(&format!("{field}."), parts, problems),
                _ => problems.push(Problem {
                    field: Some(field),
                    ..Problem::new("a text must not contain NUL")
                }),
            }
        }
    }
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(holds_nul),
        Value::Object(parts) => parts
            .iter()
            .any(|(name, part)| name.contains('\0') || holds_nul(part)),
        _ => false,
    }
}

enum Format {
    Json,
    Form,
}

impl Format {
    fn of(headers: &HeaderMap) -> Result<Self> {
        let Some(value) = headers.get(CONTENT_TYPE) else {
            return Ok(Self::Json);
        };
        let essence = value
            .to_str()
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => Ok(Self::Json),
            other if other.starts_with("application/") && other.ends_with("+json") => Ok(Self::Json),
            "application/x-www-form-urlencoded" => Ok(Self::Form),
            _ => Err(ApiError::unsupported_media_type(
                "application/json or application/x-www-form-urlencoded",
            )),
        }
    }
}

async fn read(most: usize, request: Request, app: &App) -> Result<Bytes> {
    let reading = std::pin::pin!(Limited::new(request.into_body(), most).collect());
    match future::select(reading, app.clock.sleep(LONGEST)).await {
        Either::Left((Ok(whole), _)) => Ok(whole.to_bytes()),
        Either::Left((Err(error), _)) if error.is::<LengthLimitError>() => {
            Err(ApiError::payload_too_large(most))
        }
        Either::Left((Err(_), _)) => Err(ApiError::invalid(
            Problem::new("the body did not arrive whole").into(),
        )),
        Either::Right(_) => Err(ApiError::too_slow()),
    }
}
