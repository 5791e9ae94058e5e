//! What an administrator sets for the whole instance (`/application/settings`).
//!
//! Kept as what differs from GitLab's defaults. What has an effect in the simulator has a question of its own
//! here; the rest is kept and shown.

mod kind;
mod table;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::LazyLock;

use gitlab_api::resources::Visibility;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use kind::{Kind, Setting};
use table::TABLE;

use super::shelf::{Forget, Gone};
use crate::options::RateLimit;
use crate::time_text::Moment;

static BY_NAME: LazyLock<HashMap<&'static str, (&'static Setting, Value)>> = LazyLock::new(|| {
    let rows = TABLE.iter();
    rows.map(|setting| (setting.name, (setting, setting.default())))
        .collect()
});

/// The settings of the instance.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct InstanceSettings {
    changed: BTreeMap<String, Value>,
    changed_at: Option<Moment>,
}

/// Values can be secrets: only the names of what was changed are told.
impl fmt::Debug for InstanceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.changed.keys()).finish()
    }
}

impl InstanceSettings {
    /// Every setting there is, in the order they are shown.
    pub(crate) fn table() -> &'static [Setting] {
        TABLE
    }

    /// The value of a setting; null for a name that is none.
    pub(crate) fn value(&self, name: &str) -> &Value {
        let default = BY_NAME.get(name).map_or(&Value::Null, |(_, default)| default);
        self.changed.get(name).unwrap_or(default)
    }

    /// Sets one. True when that changed something.
    pub(crate) fn set(&mut self, name: &str, value: Value, now: Moment) -> bool {
        if *self.value(name) == value {
            return false;
        }
        self.changed.insert(name.to_owned(), value);
        self.changed_at = Some(now);
        true
    }

    /// Whether somebody set it to something else than the default.
    pub(crate) fn was_set(&self, name: &str) -> bool {
        self.changed.contains_key(name)
    }

    /// When something was changed last.
    pub(crate) fn changed_at(&self) -> Option<Moment> {
        self.changed_at
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.value(name).as_bool().unwrap_or(false)
    }

    /// A number from 0.
    pub(crate) fn number(&self, name: &str) -> u64 {
        self.value(name).as_u64().unwrap_or(0)
    }

    /// Text that is there and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.value(name).as_str().filter(|text| !text.is_empty())
    }

    fn lists(&self, name: &str, word: &str) -> bool {
        let list = self.value(name).as_array();
        list.is_some_and(|list| list.iter().any(|known| known == word))
    }

    fn visibility(&self, name: &str) -> Visibility {
        match self.text(name) {
            Some("public") => Visibility::Public,
            Some("internal") => Visibility::Internal,
            _ => Visibility::Private,
        }
    }

    // --- what acts

    /// What a group becomes that does not say (GitLab API facts §6.4).
    pub(crate) fn default_group_visibility(&self) -> Visibility {
        self.visibility("default_group_visibility")
    }

    /// What a project becomes that does not say.
    pub(crate) fn default_project_visibility(&self) -> Visibility {
        self.visibility("default_project_visibility")
    }

    /// Whether only administrators may use that level.
    pub(crate) fn restricts(&self, visibility: Visibility) -> bool {
        self.lists("restricted_visibility_levels", &visibility.to_string())
    }

    /// How many projects the namespace of a new user holds.
    pub(crate) fn default_projects_limit(&self) -> u64 {
        self.number("default_projects_limit")
    }

    /// How many days pass between the mark and the removal: 1 to 90.
    pub(crate) fn retention_days(&self) -> u64 {
        self.number("deletion_adjourned_period")
    }

    /// Whether projects may be imported that way: `git`, `gitlab_project`, …
    pub(crate) fn imports_from(&self, source: &str) -> bool {
        self.lists("import_sources", source)
    }

    /// The first branch of a project that names none.
    pub(crate) fn default_branch_name(&self) -> &str {
        self.text("default_branch_name").unwrap_or("main")
    }

    /// 0 to 4 (GitLab API facts §6.6).
    pub(crate) fn default_branch_protection(&self) -> i64 {
        self.value("default_branch_protection").as_i64().unwrap_or(2)
    }

    /// Whether new users may create top-level groups.
    pub(crate) fn can_create_group(&self) -> bool {
        self.flag("can_create_group")
    }

    /// Whether anyone but administrators may create top-level groups.
    pub(crate) fn top_level_group_creation_enabled(&self) -> bool {
        self.flag("top_level_group_creation_enabled")
    }

    /// The request throttle whose settings begin so.
    pub(crate) fn throttle(&self, name: &str) -> Option<RateLimit> {
        let number = |what| u32::try_from(self.number(&format!("{name}_{what}"))).unwrap_or(u32::MAX);
        self.flag(&format!("{name}_enabled")).then(|| RateLimit {
            requests: number("requests_per_period"),
            seconds: number("period_in_seconds").max(1),
        })
    }
}

/// Settings belong to the instance, which stays.
impl Forget for InstanceSettings {
    fn forget(&mut self, _: Gone) {}
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_setting_is_there_twice_and_every_default_is_a_value_of_its_kind() {
        let mut seen = HashSet::new();
        for setting in TABLE {
            assert!(seen.insert(setting.name), "{} is there twice", setting.name);
            let default = setting.default();
            let fits = match setting.kind {
                Kind::Flag => default.is_boolean(),
                Kind::Number { .. } => default.is_i64() || default.is_null(),
                Kind::OneOf(numbers) => default.as_i64().is_some_and(|number| numbers.contains(&number)),
                Kind::Real => default.is_f64(),
                Kind::Text | Kind::GitProtocol => default.is_string() || default.is_null(),
                Kind::Word(words) => default.as_str().is_some_and(|word| words.contains(&word)),
                Kind::List | Kind::Words(_) | Kind::Visibilities => default.is_array(),
                Kind::Object => default.is_object(),
            };
            assert!(fits, "{}: {default}", setting.name);
            assert_eq!(setting.complaint(&default), None, "{}", setting.name);
        }
    }

    #[test]
    fn what_acts_has_the_defaults_of_an_upgraded_instance() {
        let settings = InstanceSettings::default();
        assert_eq!(settings.default_group_visibility(), Visibility::Private);
        assert_eq!(
            (settings.retention_days(), settings.default_projects_limit()),
            (30, 100_000)
        );
        assert!(settings.imports_from("git") && !settings.restricts(Visibility::Public));
        assert_eq!(settings.throttle("throttle_authenticated_api"), None);
        assert_eq!(settings.default_branch_name(), "main");
    }
}
