//! Forms with nested keys: `data[items][0][path]=web`, `topics[]=a&topics[]=b`.

use domain::Problem;
use serde_json::{Map, Value};

use crate::error::{ApiError, Result};

/// Keys nest no deeper; nothing of ours does.
const DEEPEST: usize = 12;
/// Lists have no more places than this; a form is not a file.
const LONGEST_LIST: usize = 10_000;

/// Reads a form as the JSON object that it stands for. Values stay text.
///
/// # Errors
/// A key that does not nest properly, or that is at once a value and something with parts.
pub(crate) fn parse(body: &[u8]) -> Result<Map<String, Value>> {
    let mut root = Value::Object(Map::new());
    for (key, value) in form_urlencoded::parse(body) {
        let segments = segments(&key).ok_or_else(|| unreadable(&key))?;
        put(&mut root, &segments, Value::String(value.into_owned())).ok_or_else(|| unreadable(&key))?;
    }
    match root {
        Value::Object(object) => Ok(object),
        _ => unreachable!("begun as one"),
    }
}

fn unreadable(key: &str) -> ApiError {
    ApiError::invalid(
        Problem::new("this key of the form cannot be read")
            .value(key)
            .allowed("keys like a[b][0]")
            .into(),
    )
}

/// `a[b][]` → `a`, `b` and an empty one.
fn segments(key: &str) -> Option<Vec<&str>> {
    let Some((first, rest)) = key.split_once('[') else {
        return Some(vec![key]);
    };
    let rest = rest.strip_suffix(']')?;
    let segments: Vec<&str> = std::iter::once(first).chain(rest.split("][")).collect();
    let proper = !first.is_empty()
        && segments.len() <= DEEPEST
        && !segments[1..].iter().any(|s| s.contains(['[', ']']));
    proper.then_some(segments)
}

fn put(at: &mut Value, segments: &[&str], value: Value) -> Option<()> {
    let Some((segment, rest)) = segments.split_first() else {
        // A key given twice without `[]`: the last one counts, as everywhere.
        if at.is_object() || at.is_array() {
            return None;
        }
        *at = value;
        return Some(());
    };
    let index = if segment.is_empty() {
        None
    } else {
        segment.parse::<usize>().ok()
    };
    if at.is_null() {
        *at = if segment.is_empty() || index.is_some() {
            Value::Array(Vec::new())
        } else {
            Value::Object(Map::new())
        };
    }
    match at {
        Value::Object(object) => put(object.entry(*segment).or_insert(Value::Null), rest, value),
        Value::Array(list) => {
            let index = if segment.is_empty() { list.len() } else { index? };
            if index > list.len() || index >= LONGEST_LIST {
                return None;
            }
            if index == list.len() {
                list.push(Value::Null);
            }
            put(&mut list[index], rest, value)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(form: &str) -> Option<Value> {
        parse(form.as_bytes()).ok().map(Value::Object)
    }

    #[test]
    fn nested_keys_become_objects_and_lists() {
        assert_eq!(
            parsed(
                "type=bulk_create_groups&data[items][0][name]=Web+Site&data[items][0][path]=web&data[items][1][name]=x"
            ),
            Some(json!({
                "type": "bulk_create_groups",
                "data": { "items": [{ "name": "Web Site", "path": "web" }, { "name": "x" }] }
            }))
        );
        assert_eq!(
            parsed("topics[]=a&topics[]=b"),
            Some(json!({ "topics": ["a", "b"] }))
        );
        assert_eq!(parsed("a=1&a=2"), Some(json!({ "a": "2" })));
    }

    #[test]
    fn keys_that_contradict_each_other_are_refused() {
        for form in [
            "a=1&a[b]=2",
            "a[b]=2&a=1",
            "a[=1",
            "a[b]c=1",
            "[a]=1",
            "a[5]=x",
            "a[0]=x&a[b]=y",
        ] {
            assert_eq!(parsed(form), None, "{form}");
        }
    }
}
