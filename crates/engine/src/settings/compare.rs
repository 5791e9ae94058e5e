//! What is wanted, what GitLab shows, and whether the two are the same to GitLab.

use std::collections::BTreeMap;

use domain::Change;
use serde::Serialize;
use serde_json::Value;

use super::setting::{Kind, Setting, Shown, Unset};

/// What an operation can set on a kind of object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settable {
    /// Name, path and the like: what is compared like a setting, but is not one of the list.
    pub(crate) heads: &'static [&'static Setting],
    /// The list.
    pub(crate) settings: &'static [Setting],
}

/// A setting and the value it is to have.
pub(crate) type Wanted = (&'static Setting, Value);

impl Settable {
    fn all(&self) -> impl Iterator<Item = &'static Setting> {
        self.heads.iter().copied().chain(self.settings)
    }

    /// The setting of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&'static Setting> {
        self.all().find(|setting| setting.name == name)
    }

    /// The values that parameters give, in the order of the list. Costs what is given, not what could be.
    pub(crate) fn wanted(&self, params: &impl Serialize) -> Vec<Wanted> {
        let Ok(Value::Object(params)) = serde_json::to_value(params) else {
            return Vec::new();
        };
        let place = |name: &str| self.all().enumerate().find(|(_, setting)| setting.name == name);
        let mut wanted: Vec<(usize, Wanted)> = params
            .into_iter()
            .filter_map(|(name, value)| {
                let (at, setting) = place(&name)?;
                Some((at, (setting, value)))
            })
            .collect();
        wanted.sort_unstable_by_key(|(at, _)| *at);
        wanted.into_iter().map(|(_, wanted)| wanted).collect()
    }
}

/// How what is wanted differs from what is there.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// What would be sent.
    pub(crate) changes: Vec<Change>,
    /// Those of the changes whose present value GitLab does not show, so that they may change nothing.
    pub(crate) hidden: Vec<&'static Setting>,
}

/// Compares, under GitLab's rules for each kind of value.
pub(crate) fn compare(wanted: &[Wanted], fields: &BTreeMap<String, Value>) -> Compared {
    let mut compared = Compared::default();
    for (setting, to) in wanted {
        let from = seen(setting, fields);
        if from.as_ref().is_some_and(|from| same(setting, from, to)) {
            continue;
        }
        if from.is_none() {
            compared.hidden.push(setting);
        }
        compared.changes.push(Change {
            field: setting.name.to_owned(),
            from: from.unwrap_or_default(),
            to: to.clone(),
        });
    }
    compared
}

/// The changes that make something new what is wanted.
pub(crate) fn from_nothing(wanted: &[Wanted]) -> Vec<Change> {
    let change = |(setting, to): &Wanted| Change {
        field: setting.name.to_owned(),
        from: Value::Null,
        to: to.clone(),
    };
    wanted.iter().map(change).collect()
}

/// What GitLab shows, in the form that parameters have; `None` when it does not show it.
fn seen(setting: &Setting, fields: &BTreeMap<String, Value>) -> Option<Value> {
    if setting.shown == Shown::Never {
        return None;
    }
    let value = match setting.part {
        None => fields.get(setting.name)?.clone(),
        Some(part) => {
            let whole = fields.get(part.shown_in)?.as_object()?;
            whole.get(part.key).cloned().unwrap_or_default()
        }
    };
    Some(match (value, setting.kind, setting.unset) {
        (Value::Null, _, Unset::Flag(flag)) => flag.into(),
        (Value::Null, _, Unset::Word(word)) => word.into(),
        (Value::Array(levels), Kind::Level, _) => level_names(&levels).into(),
        (Value::Array(entries), Kind::Set | Kind::Sequence, _) => entries.iter().map(text_of).collect(),
        (Value::Number(number), Kind::Choice(_), _) => number.to_string().into(),
        (value, ..) => value,
    })
}

/// `[{"access_level":40}]` → `maintainer`; several are joined, which no parameter can say.
fn level_names(levels: &[Value]) -> String {
    let names: Vec<&str> = levels
        .iter()
        .map(|level| match level.get("access_level").and_then(Value::as_u64) {
            Some(0) => "no_one",
            Some(30) => "developer",
            Some(40) => "maintainer",
            _ => "other",
        })
        .collect();
    names.join(", ")
}

fn text_of(entry: &Value) -> Value {
    match entry {
        Value::Number(number) => number.to_string().into(),
        other => other.clone(),
    }
}

fn same(setting: &Setting, shown: &Value, wanted: &Value) -> bool {
    match setting.kind {
        Kind::Text => shown.as_str().unwrap_or_default() == wanted.as_str().unwrap_or_default(),
        Kind::Commas => parts(shown) == parts(wanted),
        Kind::Set => folded(shown) == folded(wanted),
        Kind::Sequence => entries(shown).eq(entries(wanted)),
        _ => shown == wanted,
    }
}

fn parts(value: &Value) -> Vec<&str> {
    let text = value.as_str().unwrap_or_default();
    let mut parts: Vec<&str> = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}

fn entries(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn folded(value: &Value) -> Vec<String> {
    let mut entries: Vec<String> = entries(value).map(str::to_lowercase).collect();
    entries.sort_unstable();
    entries.dedup();
    entries
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::settings::{group, project};

    const GROUP: Settable = Settable {
        heads: &[],
        settings: group::SETTINGS,
    };
    const PROJECT: Settable = Settable {
        heads: &[],
        settings: project::SETTINGS,
    };

    fn fields(body: Value) -> BTreeMap<String, Value> {
        serde_json::from_value(body).unwrap()
    }

    /// `field: from → to` for what differs, `?` where GitLab does not show it.
    fn differences(settable: Settable, params: Value, shown: Value) -> Vec<String> {
        let compared = compare(&settable.wanted(&params), &fields(shown));
        let line = |change: &Change| {
            let hidden = compared.hidden.iter().any(|setting| setting.name == change.field);
            let from = if hidden {
                "?".to_owned()
            } else {
                change.from.to_string()
            };
            format!("{}: {from} → {}", change.field, change.to)
        };
        compared.changes.iter().map(line).collect()
    }

    #[test]
    fn what_gitlab_says_in_other_words_is_no_difference() {
        for (settable, wanted, shown) in [
            (GROUP, json!({"description": ""}), json!({"description": null})),
            (
                GROUP,
                json!({"mentions_disabled": false}),
                json!({"mentions_disabled": null}),
            ),
            (
                GROUP,
                json!({"enabled_git_access_protocol": "all"}),
                json!({"enabled_git_access_protocol": null}),
            ),
            (
                GROUP,
                json!({"default_branch_protection": "2"}),
                json!({"default_branch_protection": 2}),
            ),
            (
                GROUP,
                json!({"default_branch_allowed_to_push": "maintainer"}),
                json!({"default_branch_protection_defaults": {"allowed_to_push": [{"access_level": 40}]}}),
            ),
            (
                GROUP,
                json!({"ip_restriction_ranges": "10.0.0.0/8, 192.168.0.0/16"}),
                json!({"ip_restriction_ranges": "192.168.0.0/16,10.0.0.0/8"}),
            ),
            (
                GROUP,
                json!({"unique_project_download_limit_alertlist": ["11", "12"]}),
                json!({"unique_project_download_limit_alertlist": [12, 11]}),
            ),
            (
                PROJECT,
                json!({"topics": ["Rust", "demo"]}),
                json!({"topics": ["demo", "rust"]}),
            ),
            (
                PROJECT,
                json!({"container_expiration_policy_cadence": "7d"}),
                json!({"container_expiration_policy": {"cadence": "7d", "enabled": false}}),
            ),
        ] {
            assert_eq!(differences(settable, wanted.clone(), shown), [""; 0], "{wanted}");
        }
    }

    #[test]
    fn what_differs_is_told_from_and_to() {
        assert_eq!(
            differences(
                PROJECT,
                json!({
                    "description": "new", "topics": [], "ci_id_token_sub_claim_components": ["ref", "project_path"],
                    "container_expiration_policy_keep_n": 5, "build_timeout": 60
                }),
                json!({
                    "description": null, "topics": ["rust"],
                    "ci_id_token_sub_claim_components": ["project_path", "ref"],
                    "container_expiration_policy": {"keep_n": 10}, "build_timeout": 3600
                }),
            ),
            [
                r#"description: null → "new""#,
                r#"topics: ["rust"] → []"#,
                "build_timeout: 3600 → 60",
                r#"ci_id_token_sub_claim_components: ["project_path","ref"] → ["ref","project_path"]"#,
                "container_expiration_policy_keep_n: 10 → 5",
            ]
        );
    }

    #[test]
    fn what_gitlab_does_not_show_counts_as_different() {
        assert_eq!(
            differences(
                PROJECT,
                json!({"show_default_award_emojis": true, "mirror_trigger_builds": true}),
                json!({"show_default_award_emojis": true, "mirror": false}),
            ),
            [
                "show_default_award_emojis: ? → true",
                "mirror_trigger_builds: ? → true"
            ]
        );
    }
}
