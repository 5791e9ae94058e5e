use serde_json::{Map, Value};

/// What says what is in an object.
const TELLING: [&str; 7] = [
    "$ref",
    "properties",
    "patternProperties",
    "additionalProperties",
    "oneOf",
    "anyOf",
    "allOf",
];
/// These hold values and no schemas.
const VALUES: [&str; 5] = ["const", "default", "enum", "example", "examples"];

/// Says of objects of which nothing more is said that anything may be in them. JSON Schema means the same without;
/// makers of clients take it for an object that is empty.
pub(super) fn write(value: &mut Value) {
    match value {
        Value::Object(schema) => {
            if is_object(schema) && !TELLING.iter().any(|word| schema.contains_key(*word)) {
                schema.insert("additionalProperties".to_owned(), true.into());
            }
            let within = schema
                .iter_mut()
                .filter(|(name, _)| !VALUES.contains(&name.as_str()));
            within.for_each(|(_, part)| write(part));
        }
        Value::Array(parts) => parts.iter_mut().for_each(write),
        _ => {}
    }
}

fn is_object(schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == "object",
        Some(Value::Array(several)) => several.iter().any(|one| one == "object"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_of_which_nothing_is_said_is_open_and_no_other() {
        let mut schemas = json!({
            "Open": { "type": ["object", "null"] },
            "Told": { "type": "object", "properties": { "type": { "type": "object" } } },
            "Closed": { "type": "object", "additionalProperties": false },
            "Other": { "$ref": "#/components/schemas/Told", "default": { "type": "object" } },
        });
        write(&mut schemas);
        assert_eq!(
            schemas,
            json!({
                "Open": { "type": ["object", "null"], "additionalProperties": true },
                "Told": { "type": "object", "properties": {
                    "type": { "type": "object", "additionalProperties": true },
                } },
                "Closed": { "type": "object", "additionalProperties": false },
                "Other": { "$ref": "#/components/schemas/Told", "default": { "type": "object" } },
            })
        );
    }
}
