//! Placeholders in what hooks send: `{{project.name}}` in a body, `{token}` in an address.

use serde_json::Value;

use crate::state::Hidden;

/// A body after the hook's own template: every `{{path.to.value}}` is replaced by what the payload says there.
///
/// None when the outcome is no JSON, or when a placeholder leads into a list.
pub(super) fn render(template: &str, payload: &str) -> Option<String> {
    let payload: Value = serde_json::from_str(payload).ok()?;
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((path, after)) = after.split_once("}}") else {
            break;
        };
        text.push_str(before);
        let mut value = &payload;
        for step in path.trim().split('.') {
            if value.is_array() {
                return None;
            }
            value = value.get(step).unwrap_or(&Value::Null);
        }
        let json = value.to_string();
        // Text stands inside quotes of the template's own.
        text.push_str(match value {
            Value::String(_) => json.get(1..json.len() - 1).unwrap_or_default(),
            _ => &json,
        });
        rest = after;
    }
    text.push_str(rest);
    serde_json::from_str::<serde::de::IgnoredAny>(&text).ok()?;
    Some(text)
}

/// An address with every `{key}` replaced by its value.
pub(super) fn address(url: &str, variables: &[Hidden]) -> String {
    variables.iter().fold(url.to_owned(), |url, variable| {
        url.replace(&format!("{{{}}}", variable.key), &variable.value.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: &str = r#"{"event_name":"push","project":{"id":7,"name":"a \"b\""},"commits":[{}]}"#;

    #[test]
    fn placeholders_are_replaced_and_nonsense_is_refused() {
        let template =
            r#"{"what":"{{event_name}}","id":{{project.id}},"of":"{{ project.name }}","no":{{nothing}}}"#;
        assert_eq!(
            render(template, PAYLOAD).unwrap(),
            r#"{"what":"push","id":7,"of":"a \"b\"","no":null}"#
        );
        assert_eq!(render("{{event_name}}", PAYLOAD), None);
        assert_eq!(render(r#"{"x":{{commits.id}}}"#, PAYLOAD), None);
        assert_eq!(render(r#"{"x":"{{open"}"#, PAYLOAD).unwrap(), r#"{"x":"{{open"}"#);
    }
}
