use serde_json::{Map, Value, json};

use super::compare::Settable;
use super::setting::{Kind, Setting};

/// The parameters of a request that sets these values. `shown` holds, by the key of GitLab's body, larger values
/// that have to be sent whole.
pub(crate) fn body<'v>(
    values: impl IntoIterator<Item = (&'static Setting, &'v Value)>,
    shown: Option<&Value>,
) -> Map<String, Value> {
    let mut body = Map::new();
    for (setting, value) in values {
        let value = sent(setting, value);
        let Some(part) = setting.part else {
            body.insert(setting.name.to_owned(), value);
            continue;
        };
        let whole = body.entry(part.of).or_insert_with(|| {
            let present = shown
                .filter(|_| part.whole)
                .and_then(|shown| shown.get(part.shown_in));
            present.cloned().unwrap_or_else(|| json!({}))
        });
        whole[part.key] = value;
    }
    body
}

/// The values of changes as a request has them.
pub(crate) fn of_changes(
    settable: &Settable,
    changes: &[domain::Change],
    shown: Option<&Value>,
) -> Map<String, Value> {
    let values = changes
        .iter()
        .filter_map(|change| Some((settable.find(&change.field)?, &change.to)));
    body(values, shown)
}

fn sent(setting: &Setting, value: &Value) -> Value {
    match (setting.kind, value.as_str()) {
        (Kind::Level, Some(name)) => {
            let level = match name {
                "no_one" => 0,
                "developer" => 30,
                _ => 40,
            };
            json!([{ "access_level": level }])
        }
        // Words that are numbers: the old levels of protection.
        (Kind::Choice(_), Some(word)) => word.parse::<u64>().map_or_else(|_| word.into(), Value::from),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::group;

    #[test]
    fn a_larger_value_that_gitlab_does_not_merge_is_sent_whole() {
        let settable = Settable {
            heads: &[],
            settings: group::SETTINGS,
        };
        let params = json!({"default_branch_allowed_to_push": "developer", "default_branch_protection": "1"});
        let wanted = settable.wanted(&params);
        let shown = json!({"default_branch_protection_defaults": {
            "allowed_to_push": [{"access_level": 40}], "allow_force_push": true
        }});
        let values = || wanted.iter().map(|(setting, value)| (*setting, value));
        assert_eq!(
            Value::Object(body(values(), Some(&shown))),
            json!({
                "default_branch_protection": 1,
                "default_branch_protection_defaults": {
                    "allowed_to_push": [{"access_level": 30}], "allow_force_push": true
                }
            })
        );
        assert_eq!(
            body(values(), None)["default_branch_protection_defaults"],
            json!({"allowed_to_push": [{"access_level": 30}]})
        );
    }
}
