use serde_json::{Map, Value};

/// Bodies of forms with nested keys.
pub(crate) fn run(data: &[u8]) {
    if let Some(form) = server::fuzzing::form(data) {
        let depth = form.values().map(depth).max().unwrap_or_default();
        assert!(depth <= 12, "{depth} levels");
        let printed = print(&form);
        assert_eq!(server::fuzzing::form(printed.as_bytes()), Some(form), "{printed}");
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(parts) => 1 + parts.values().map(depth).max().unwrap_or_default(),
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

fn print(form: &Map<String, Value>) -> String {
    let mut pairs = Vec::new();
    for (key, value) in form {
        add(&mut pairs, encode(key), value);
    }
    pairs.join("&")
}

fn add(pairs: &mut Vec<String>, key: String, value: &Value) {
    match value {
        // Places last: what begins with one is a list.
        Value::Object(parts) => {
            let is_place = |name: &str| name.is_empty() || name.parse::<usize>().is_ok();
            let (places, names): (Vec<_>, Vec<_>) = parts.iter().partition(|(name, _)| is_place(name));
            for (name, part) in names.into_iter().chain(places) {
                add(pairs, format!("{key}[{}]", encode(name)), part);
            }
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(place, part)| add(pairs, format!("{key}[{place}]"), part)),
        Value::String(text) => pairs.push(format!("{key}={}", encode(text))),
        other => panic!("a form holds text, not {other}"),
    }
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
