//! What the layers around every handler answer (`chain`), said once for all operations.

use serde_json::{Map, Value, json};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Answers that several operations have, by the name of their component: status, and what it means.
const REFUSALS: [(&str, &str, &str); 14] = [
    (
        "Invalid",
        "400",
        "`VALIDATION_ERROR`: `details` lists every problem at once.",
    ),
    (
        "Unauthorized",
        "401",
        "`UNAUTHORIZED`: nobody has signed in, or GitLab does not know the credential any more.",
    ),
    (
        "Forbidden",
        "403",
        "`FORBIDDEN`: the credential's scopes do not reach, the host is not allowed, or the request comes from a page of \
         another site; `details.reason` says which.",
    ),
    (
        "NotFound",
        "404",
        "`NOT_FOUND`: there is none, or it is somebody else's.",
    ),
    (
        "TooSlow",
        "408",
        "`REQUEST_TIMEOUT`: the body did not arrive in time.",
    ),
    ("Conflict", "409", "`CONFLICT`: not possible as things stand."),
    ("TooLarge", "413", "`PAYLOAD_TOO_LARGE`."),
    ("UnsupportedMediaType", "415", "`UNSUPPORTED_MEDIA_TYPE`."),
    (
        "TooManyRequests",
        "429",
        "`RATE_LIMIT_EXCEEDED`: our own limit, or GitLab's; come back after `Retry-After` seconds.",
    ),
    (
        "RefusedByGitlab",
        "4XX",
        "`GITLAB_API_ERROR`: GitLab refused, with GitLab's status; its message, and its body in `details`.",
    ),
    ("Defect", "500", "`INTERNAL_ERROR`: a defect of the server."),
    (
        "GitlabUnreachable",
        "502",
        "`GITLAB_UNREACHABLE`: GitLab cannot be reached.",
    ),
    (
        "Unavailable",
        "503",
        "`SERVICE_UNAVAILABLE`: the server is stopping, or its database is not available.",
    ),
    ("GitlabTimeout", "504", "`GITLAB_TIMEOUT`: GitLab is silent."),
];

/// Completes every operation: what refuses it before its handler, and the headers of every answer.
pub(super) fn write(document: &mut Value) {
    let paths = document["paths"].take();
    let Value::Object(mut paths) = paths else {
        unreachable!("a document has paths")
    };
    for (path, item) in &mut paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if METHODS.contains(&method.as_str()) {
                complete(path, method, operation);
            }
        }
    }
    document["paths"] = Value::Object(paths);
    correct_numbers(document);
    let components = &mut document["components"];
    components["headers"] = headers();
    components["responses"] = refusals();
}

fn complete(path: &str, method: &str, operation: &mut Value) {
    tidy_texts(operation);
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let is_in = |place: &str| parameters.iter().any(|parameter| parameter["in"] == place);
    let has_body = operation.get("requestBody").is_some();
    let passes_through = path.contains("{path}") || path.ends_with("/graphql");
    let is_api = path.starts_with("/api/");
    let cases = [
        ("Invalid", has_body || !parameters.is_empty()),
        ("Unauthorized", is_signed(operation)),
        (
            "Forbidden",
            is_api && !matches!(method, "get" | "head" | "options"),
        ),
        ("NotFound", is_in("path") && !passes_through),
        ("TooSlow", has_body && !passes_through),
        ("TooLarge", has_body && !passes_through),
        ("UnsupportedMediaType", has_body && !passes_through),
        ("TooManyRequests", is_api),
        ("Defect", true),
        ("Unavailable", true),
    ];
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for (name, status, _) in REFUSALS {
        if cases.contains(&(name, true)) && !responses.contains_key(status) {
            responses.insert(status.to_owned(), reference("responses", name));
        }
    }
    for (status, response) in responses.iter_mut() {
        if response.get("$ref").is_some() {
            continue;
        }
        if let Some((name, ..)) = REFUSALS
            .iter()
            .find(|(_, of, _)| of == status)
            .filter(|_| response.get("content").is_none())
        {
            // The operation says in its own words when; the form is the same.
            let common = refusal(name, response["description"].as_str().unwrap_or_default());
            *response = common;
            continue;
        }
        let headers = response
            .as_object_mut()
            .map(|response| response.entry("headers").or_insert_with(|| json!({})));
        if let Some(headers) = headers {
            headers["X-Request-Id"] = reference("headers", "X-Request-Id");
        }
    }
}

/// The first sentence is the summary; what a comment says of its own address is known from where it stands.
fn tidy_texts(operation: &mut Value) {
    let summary = operation["summary"].as_str().unwrap_or_default();
    let text = summary
        .split_once("`: ")
        .map_or(summary, |(_, rest)| rest)
        .replace('\n', " ");
    let mut letters = text.trim_end_matches('.').chars();
    if let Some(first) = letters.next() {
        operation["summary"] = json!(first.to_uppercase().chain(letters).collect::<String>());
    }
    if operation["description"]
        .as_str()
        .is_some_and(|text| text.trim().is_empty())
    {
        operation
            .as_object_mut()
            .map(|operation| operation.remove("description"));
    }
}

/// Unsigned numbers of 32 bits have a format of signed ones, which says less than their bounds do.
fn correct_numbers(value: &mut Value) {
    match value {
        Value::Object(object) => {
            let unsigned = object
                .get("minimum")
                .and_then(Value::as_f64)
                .is_some_and(|least| least >= 0.0);
            if unsigned && object.get("format").is_some_and(|format| format == "int32") {
                object.remove("format");
                object.entry("maximum").or_insert_with(|| json!(u32::MAX));
            }
            object.values_mut().for_each(correct_numbers);
        }
        Value::Array(list) => list.iter_mut().for_each(correct_numbers),
        _ => {}
    }
}

/// Whether nobody but signed-in users may ask, which is so unless an operation says `security(())`.
fn is_signed(operation: &Value) -> bool {
    let alternatives = operation["security"].as_array().into_iter().flatten();
    !alternatives
        .into_iter()
        .any(|one| one.as_object().is_some_and(Map::is_empty))
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

fn refusals() -> Value {
    let all = REFUSALS
        .iter()
        .map(|(name, _, description)| ((*name).to_owned(), refusal(name, description)));
    Value::Object(all.collect())
}

fn refusal(name: &str, description: &str) -> Value {
    let schema = match name {
        "Invalid" => json!({
            "allOf": [
                reference("schemas", "Failure"),
                { "properties": { "error": { "properties": { "details": {
                    "type": "array",
                    "items": reference("schemas", "Problem"),
                } } } } },
            ],
        }),
        _ => reference("schemas", "Failure"),
    };
    let mut headers = json!({ "X-Request-Id": reference("headers", "X-Request-Id") });
    if name == "TooManyRequests" {
        headers["Retry-After"] = reference("headers", "Retry-After");
    }
    json!({
        "description": description,
        "headers": headers,
        "content": { "application/json": { "schema": schema } },
    })
}

fn headers() -> Value {
    let header = |description: &str, schema: Value, required: bool| json!({ "description": description, "required": required, "schema": schema });
    json!({
        "X-Request-Id": header("The request's name in the log.", json!({ "type": "string", "format": "uuid" }), true),
        "Retry-After": header("Seconds to wait.", json!({ "type": "integer", "minimum": 1 }), true),
        "Location": header("The address of what was made.", json!({ "type": "string", "format": "uri-reference" }), true),
        "RateLimit-Limit": header("Requests in a window.", json!({ "type": "integer", "minimum": 0 }), false),
        "RateLimit-Remaining": header("What is left of them.", json!({ "type": "integer", "minimum": 0 }), false),
        "RateLimit-Reset": header("Seconds until the window ends.", json!({ "type": "integer", "minimum": 0 }), false),
    })
}
