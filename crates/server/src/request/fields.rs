use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use domain::{Problem, Problems};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Body;
use crate::app::App;
use crate::error::{ApiError, Result};

/// A body of a few fields, read into `T`; what is wrong with any of them is told at once.
///
/// `T` refuses unknown fields and has a default for each of its own. Not for secrets: what is wrong with a value may
/// be told with the value.
#[derive(Clone, Debug)]
pub(crate) struct Fields<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequest<Arc<App>> for Fields<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self> {
        let Body(body) = Body::from_request(request, app).await?;
        let mut problems = Vec::new();
        let fields = read(body, Map::new(), "", &mut problems);
        Problems(problems).into_result()?;
        Ok(Self(fields))
    }
}

/// Reads an object field by field, on top of `base`, which is known to be sound; each field that cannot be read
/// becomes a problem of its own, under `prefix`.
///
/// Forms have no types: `"true"` and `"5"` stand for what they look like where a text does not fit.
pub(crate) fn read<T: DeserializeOwned + Default>(
    given: Map<String, Value>,
    mut base: Map<String, Value>,
    prefix: &str,
    problems: &mut Vec<Problem>,
) -> T {
    for (name, value) in given {
        match alone::<T>(&name, &value) {
            Ok(value) => {
                base.insert(name, value);
            }
            Err(error) => problems.push(Problem {
                field: Some(format!("{prefix}{name}")),
                ..Problem::new(error.to_string())
            }),
        }
    }
    serde_json::from_value(Value::Object(base)).unwrap_or_default()
}

/// The value as this field of `T` takes it.
fn alone<T: DeserializeOwned>(name: &str, value: &Value) -> serde_json::Result<Value> {
    let fits = |value: &Value| {
        let object = Value::Object(Map::from_iter([(name.to_owned(), value.clone())]));
        serde_json::from_value::<T>(object).map(drop)
    };
    match fits(value) {
        Ok(()) => Ok(value.clone()),
        Err(error) => {
            let typed = typed(value);
            if typed != *value && fits(&typed).is_ok() {
                Ok(typed)
            } else {
                Err(error)
            }
        }
    }
}

/// What texts look like: numbers, yes and no.
fn typed(value: &Value) -> Value {
    match value {
        Value::String(text) => match serde_json::from_str(text) {
            Ok(typed @ (Value::Bool(_) | Value::Number(_))) => typed,
            _ => value.clone(),
        },
        Value::Object(parts) => parts
            .iter()
            .map(|(name, part)| (name.clone(), typed(part)))
            .collect(),
        _ => value.clone(),
    }
}
