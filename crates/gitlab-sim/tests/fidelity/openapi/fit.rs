//! Whether a body is what a schema describes.

use serde_json::{Map, Value};

use super::Referee;

/// So many rows of a list are looked at.
const ROWS: usize = 20;

/// What does not fit the schema that it fits best.
pub(super) fn complaints(referee: &Referee, schemas: &[Value], body: &Value) -> Vec<String> {
    if is_verdict(body) {
        return Vec::new();
    }
    let of_each = schemas.iter().map(|schema| {
        let mut complaints = Vec::new();
        value(referee, "the body", schema, body, &mut complaints);
        complaints
    });
    of_each.min_by_key(Vec::len).unwrap_or_default()
}

/// What GitLab says instead of an entity when it took several at once: `status`, perhaps with a `message`.
fn is_verdict(body: &Value) -> bool {
    let status = body["status"].as_str();
    matches!(status, Some("success" | "error" | "queued")) && body.get("id").is_none()
}

fn value(referee: &Referee, place: &str, schema: &Value, body: &Value, complaints: &mut Vec<String>) {
    if let Some(entity) = entity_of(schema) {
        match body {
            Value::Null => {}
            Value::Object(object) => properties(referee, entity, object, complaints),
            // The generator writes lists of an entity as the entity.
            Value::Array(rows) => {
                for row in rows.iter().take(ROWS) {
                    value(referee, place, schema, row, complaints);
                }
            }
            _ => complaints.push(format!("{place} is {}, not an object", type_of(body))),
        }
        return;
    }
    let Some(wanted) = schema["type"].as_str() else {
        return;
    };
    if let (Some(items), Value::Array(rows)) = (schema.get("items"), body) {
        for row in rows.iter().take(ROWS) {
            value(referee, place, items, row, complaints);
        }
    } else if !fits(wanted, body) {
        complaints.push(format!(
            "{place} is {}, not {}",
            type_of(body),
            with_article(wanted)
        ));
    }
}

fn properties(referee: &Referee, entity: &str, object: &Map<String, Value>, complaints: &mut Vec<String>) {
    let Some(known) = referee.document.properties(entity) else {
        return;
    };
    let exceptions = &referee.exceptions;
    for (key, schema) in known {
        let place = format!("{entity}.{key}");
        let Some(body) = object.get(key) else {
            if !exceptions.may_be_absent(entity, key) {
                complaints.push(format!("{place} is missing"));
            }
            continue;
        };
        match exceptions.type_of(entity, key, schema) {
            Some(wanted) if fits(wanted, body) => {}
            Some(wanted) => {
                complaints.push(format!(
                    "{place} is {}, not {}",
                    type_of(body),
                    with_article(wanted)
                ));
            }
            None => value(referee, &place, schema, body, complaints),
        }
    }
    for key in object.keys() {
        if !known.contains_key(key) && !exceptions.may_be_extra(entity, key) {
            complaints.push(format!("{entity}.{key} is unknown"));
        }
    }
}

fn entity_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/definitions/")
}

/// GitLab answers null for any value it does not have; a list it does not have is an empty one.
fn fits(wanted: &str, body: &Value) -> bool {
    match wanted {
        "integer" => body.is_i64() || body.is_u64() || body.is_null(),
        "number" => body.is_number() || body.is_null(),
        "boolean" => body.is_boolean() || body.is_null(),
        "array" => body.is_array(),
        "object" => body.is_object() || body.is_null(),
        "anything" => true,
        _ => body.is_string() || body.is_null(),
    }
}

fn type_of(body: &Value) -> &'static str {
    match body {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn with_article(wanted: &str) -> String {
    let article = if wanted.starts_with(['a', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {wanted}")
}
