//! The OpenAPI document: made of what stands beside each handler and of what every request passes.

mod common;
mod failure;
mod jobs;
mod open;
mod outline;
mod page;
mod routes;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use bytes::Bytes;
use engine::import::template::TemplateFormat;
use engine::results;
use serde_json::{Value, json};
use utoipa::ToSchema;

pub(crate) use failure::{AsksGitlab, Failure, FailureBody};
pub(crate) use page::STYLE;
pub(crate) use routes::Routes;

use crate::routes::EstateFormat;

/// The document as it is served, and the page made of it: both are the same for everybody.
pub(crate) static JSON: LazyLock<Bytes> = LazyLock::new(|| document().to_string().into());
pub(crate) static PAGE: LazyLock<Bytes> = LazyLock::new(|| page::render(&document()).into());

/// The OpenAPI 3.1 document of the whole HTTP API, as `/api/openapi.json` serves it.
pub fn document() -> Value {
    let (_, said) = crate::routes::all().split();
    let mut document = serde_json::to_value(said).unwrap_or_else(|_| unreachable!("it is plain data"));
    outline::write(&mut document);
    let schemas = &mut document["components"]["schemas"];
    described::<Failure<'_>>(schemas);
    described::<TemplateFormat>(schemas);
    described::<results::Format>(schemas);
    described::<EstateFormat>(schemas);
    jobs::write(&mut document, &engine::operations::registry());
    common::write(&mut document);
    open::write(&mut document);
    document
}

/// Adds the schema of a type that no body of a handler names: of parameters, and of what the layers answer.
fn described<T: ToSchema>(schemas: &mut Value) {
    let mut needed = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut needed);
    for (name, schema) in needed {
        schemas[name] = json!(schema);
    }
}
