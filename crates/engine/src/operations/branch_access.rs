//! Whom a protected branch lets through: GitLab's lines of access, and how people write them.

use std::collections::BTreeSet;

use domain::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

/// A level that a protected branch can ask for (GitLab API facts §7.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchLevel(u8);

/// GitLab's numbers with the names that people use for them.
const LEVELS: [(u8, &str); 4] = [
    (0, "no_one"),
    (30, "developer"),
    (40, "maintainer"),
    (60, "admin"),
];

impl BranchLevel {
    pub(super) const NO_ONE: Self = Self(0);

    fn parse(text: &str) -> Option<Self> {
        let folded = text.trim().to_lowercase().replace([' ', '-'], "_");
        LEVELS
            .into_iter()
            .find(|(number, name)| folded == *name || folded == number.to_string())
            .map(|(number, _)| Self(number))
    }

    /// `maintainer`
    pub(super) fn name(self) -> &'static str {
        LEVELS
            .into_iter()
            .find(|(number, _)| *number == self.0)
            .map_or("no_one", |(_, name)| name)
    }

    /// GitLab's number.
    pub(super) const fn number(self) -> u8 {
        self.0
    }
}

impl Serialize for BranchLevel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for BranchLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = Value::deserialize(deserializer)?;
        let text = match &given {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is not one of no_one, developer, maintainer, admin"
            ))
        })
    }
}

impl JsonSchema for BranchLevel {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "BranchLevel".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "enum": ["no_one", "developer", "maintainer", "admin", 0, 30, 40, 60]
        })
    }
}

/// One line of access, in GitLab's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Allowed {
    Level(u64),
    User(u64),
    Group(u64),
    DeployKey(u64),
    Role(u64),
}

impl Allowed {
    /// From one of GitLab's entries.
    fn read(line: &Map<String, Value>) -> Option<Self> {
        let number = |key: &str| line.get(key).and_then(Value::as_u64);
        number("user_id")
            .map(Self::User)
            .or_else(|| number("group_id").map(Self::Group))
            .or_else(|| number("deploy_key_id").map(Self::DeployKey))
            .or_else(|| number("member_role_id").map(Self::Role))
            .or_else(|| number("access_level").map(Self::Level))
    }

    /// As GitLab wants it in `allowed_to_*`.
    fn entry(self) -> Value {
        match self {
            Self::Level(level) => json!({ "access_level": level }),
            Self::User(id) => json!({ "user_id": id }),
            Self::Group(id) => json!({ "group_id": id }),
            Self::DeployKey(id) => json!({ "deploy_key_id": id }),
            Self::Role(id) => json!({ "member_role_id": id }),
        }
    }

    fn is_level(self) -> bool {
        matches!(self, Self::Level(_))
    }

    /// As an entry would say it. By number, since a protection tells of no user's name: the same line is always
    /// said alike.
    fn said(self) -> String {
        match self {
            Self::Level(number) => LEVELS
                .into_iter()
                .find(|(level, _)| u64::from(*level) == number)
                .map_or_else(|| number.to_string(), |(_, name)| name.to_owned()),
            Self::User(id) => format!("user:{id}"),
            Self::Group(id) => format!("group:{id}"),
            Self::DeployKey(id) => format!("deploy_key:{id}"),
            Self::Role(id) => format!("member_role:{id}"),
        }
    }
}

/// An entry of `allowed_to_push` and its like, as people write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Level(BranchLevel),
    User(String),
    Group(String),
    DeployKey(u64),
    Role(u64),
}

impl Said {
    pub(super) const ALLOWED: &'static str = "no_one, developer, maintainer, admin, user:NAME, group:PATH or deploy_key:NUMBER, separated by commas";

    /// `maintainer`, `user:dev-0001`, `group:acme/ops`, `deploy_key:12`; numbers do for names.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Some((kind, name)) = text.split_once(':') else {
            return BranchLevel::parse(text).map(Self::Level);
        };
        let name = name.trim();
        if name.is_empty() {
            return None;
        }
        match kind.trim().to_lowercase().as_str() {
            "user" => Some(Self::User(name.to_owned())),
            "group" => Some(Self::Group(name.to_owned())),
            "deploy_key" => name.parse().ok().map(Self::DeployKey),
            "member_role" => name.parse().ok().map(Self::Role),
            "level" => BranchLevel::parse(name).map(Self::Level),
            _ => None,
        }
    }

    /// Entries that are none, as problems of their column.
    pub(super) fn check(column: &str, entries: Option<&Vec<String>>, problems: &mut Vec<Problem>) {
        for entry in entries.into_iter().flatten() {
            if Self::parse(entry).is_none() {
                problems.push(
                    Problem::new("says nobody that a branch could let through")
                        .column(column)
                        .value(entry)
                        .allowed(Self::ALLOWED),
                );
            }
        }
    }
}

/// All lines of one kind (push, merge, unprotect): a set, since GitLab's order means nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lines(BTreeSet<Allowed>);

impl Lines {
    pub(super) fn insert(&mut self, allowed: Allowed) {
        self.0.insert(allowed);
    }

    /// The lines of a protected branch; `None` where GitLab does not show this kind.
    pub(super) fn read(branch: &Map<String, Value>, kind: &str) -> Option<Self> {
        let lines = branch.get(kind)?.as_array()?;
        let allowed = lines.iter().filter_map(|line| Allowed::read(line.as_object()?));
        Some(Self(allowed.collect()))
    }

    /// From what [`Lines::entries`] gave.
    pub(super) fn of_entries(entries: &Value) -> Self {
        let entries = entries.as_array().into_iter().flatten();
        Self(
            entries
                .filter_map(|entry| Allowed::read(entry.as_object()?))
                .collect(),
        )
    }

    /// As GitLab wants them.
    pub(super) fn entries(&self) -> Value {
        self.0.iter().map(|allowed| allowed.entry()).collect()
    }

    /// The one level that says it all, if there is one.
    pub(super) fn single(&self) -> Option<u64> {
        match self.0.first()? {
            Allowed::Level(level) if self.0.len() == 1 => Some(*level),
            _ => None,
        }
    }

    /// Whether it names anybody besides levels, or several levels: only with a licence.
    pub(super) fn needs_premium(&self) -> bool {
        self.0.len() > 1 || self.0.iter().any(|allowed| !allowed.is_level())
    }

    /// For people: one word, or a list of words.
    pub(super) fn said(&self) -> Value {
        let mut words = self.0.iter().map(|allowed| allowed.said());
        match (words.next(), self.0.len()) {
            (Some(one), 1) => one.into(),
            (first, _) => first.into_iter().chain(words).map(Value::from).collect(),
        }
    }

    /// The entries of a `PATCH` that turn what `branch` has into these: new ones are added before old ones go.
    pub(super) fn patch(&self, branch: &Map<String, Value>, kind: &str) -> Value {
        let present = branch.get(kind).and_then(Value::as_array);
        let mut have = BTreeSet::new();
        let mut gone = Vec::new();
        for line in present.into_iter().flatten().filter_map(Value::as_object) {
            let Some(allowed) = Allowed::read(line) else {
                continue;
            };
            have.insert(allowed);
            if !self.0.contains(&allowed) {
                gone.push(json!({ "id": line.get("id"), "_destroy": true }));
            }
        }
        let new = self.0.difference(&have).map(|allowed| allowed.entry());
        new.chain(gone).collect()
    }

    /// As parameters that would set them again: `push_access_level`, or `allowed_to_push` where one level
    /// does not say it.
    pub(super) fn params(&self, level: &str, list: &str) -> (String, Value) {
        if self.0.is_empty() {
            return (level.to_owned(), BranchLevel::NO_ONE.name().into());
        }
        match self
            .single()
            .and_then(|level| BranchLevel::parse(&level.to_string()))
        {
            Some(single) => (level.to_owned(), single.name().into()),
            None => {
                let words = self.0.iter().map(|allowed| allowed.said());
                (list.to_owned(), words.map(Value::from).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn levels_are_read_by_name_and_by_number() {
        for (text, level) in [("No one", 0), ("40", 40), ("ADMIN", 60), ("developer", 30)] {
            assert_eq!(
                BranchLevel::parse(text).map(BranchLevel::number),
                Some(level),
                "{text}"
            );
        }
        assert_eq!(BranchLevel::parse("owner"), None);
    }

    #[test]
    fn entries_that_say_nobody_are_found() {
        for wrong in ["user:", "owner", "deploy_key:mine", "team:ops"] {
            assert_eq!(Said::parse(wrong), None, "{wrong}");
        }
    }

    fn allowed() -> impl Strategy<Value = Allowed> {
        prop_oneof![
            prop::sample::select(vec![0_u64, 30, 40, 60]).prop_map(Allowed::Level),
            (1..5_u64).prop_map(Allowed::User),
            (1..5_u64).prop_map(Allowed::Group),
            (1..5_u64).prop_map(Allowed::DeployKey),
        ]
    }

    proptest! {
        #[test]
        fn a_patch_adds_what_is_missing_and_removes_what_is_too_much(
            have in prop::collection::btree_set(allowed(), 0..6), want in prop::collection::btree_set(allowed(), 1..6)
        ) {
            let lines: Vec<Value> = (1_u64..).zip(&have).map(|(id, allowed)| {
                let mut line = allowed.entry();
                line["id"] = id.into();
                line
            }).collect();
            let branch = Map::from_iter([("push_access_levels".to_owned(), Value::from(lines.clone()))]);
            let patch = Lines(want.clone()).patch(&branch, "push_access_levels");

            let mut after = have.clone();
            for entry in patch.as_array().unwrap() {
                let entry = entry.as_object().unwrap();
                if entry.contains_key("_destroy") {
                    let line = lines.iter().find(|line| line["id"] == entry["id"]).unwrap();
                    after.remove(&Allowed::read(line.as_object().unwrap()).unwrap());
                } else {
                    prop_assert!(after.insert(Allowed::read(entry).unwrap()), "nothing is added twice");
                }
            }
            prop_assert_eq!(after, want);
        }
    }
}
