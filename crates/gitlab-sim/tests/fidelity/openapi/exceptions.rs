//! Where GitLab's generated document does not say what GitLab does.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::Document;

/// Everything in `exceptions.toml`, each with its reason. Where entities are named, several may be, with commas.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exceptions {
    /// `POST /groups/{id}/x`: verbs it does not have.
    #[serde(default)]
    verb: BTreeMap<String, String>,
    /// `DELETE /groups/{id} 202`: statuses it does not have.
    #[serde(default)]
    status: BTreeMap<String, String>,
    /// `PUT /groups/{id}`: entities it has wrong.
    #[serde(default)]
    body: BTreeMap<String, Instead>,
    /// What keys hold that it calls strings and says nothing else about, whichever the entity.
    #[serde(default)]
    undeclared: BTreeMap<String, String>,
    /// Types it has wrong: by entity, then key.
    #[serde(default)]
    r#type: BTreeMap<String, BTreeMap<String, Instead>>,
    /// Keys that bodies may leave out: by entity, then reason.
    #[serde(default)]
    absent: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Keys that bodies have and it does not: by entity, then reason.
    #[serde(default)]
    extra: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// What is right.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Instead {
    /// A type; for bodies the name of an entity, of some with ` or ` between, or `anything`.
    is: String,
    why: String,
}

impl Exceptions {
    pub(super) fn read() -> Self {
        Self::parse(include_str!("exceptions.toml"))
    }

    pub(super) fn parse(text: &str) -> Self {
        toml::from_str(text).unwrap_or_else(|error| panic!("exceptions.toml: {error}"))
    }

    pub(super) fn has_verb(&self, name: &str) -> bool {
        self.verb.contains_key(name)
    }

    pub(super) fn has_status(&self, name: &str, status: u16) -> bool {
        self.status.contains_key(&format!("{name} {status}"))
    }

    /// The bodies that may come instead of the documented one.
    pub(super) fn bodies(&self, name: &str) -> Option<Vec<Value>> {
        let instead = self.body.get(name)?;
        let schema = |entity: &str| match entity {
            "anything" => json!({}),
            _ => json!({"$ref": format!("#/definitions/{entity}")}),
        };
        Some(instead.is.split(" or ").map(schema).collect())
    }

    /// What a key holds, when that is not what its schema says.
    pub(super) fn type_of<'a>(&'a self, entity: &'a str, key: &str, schema: &Value) -> Option<&'a str> {
        let wrong = of(&self.r#type, entity).find_map(|keys| keys.get(key));
        let undeclared = || self.undeclared.get(key).filter(|_| is_undeclared(schema));
        wrong
            .map(|instead| instead.is.as_str())
            .or_else(|| undeclared().map(String::as_str))
    }

    pub(super) fn may_be_absent(&self, entity: &str, key: &str) -> bool {
        holds(&self.absent, entity, key)
    }

    pub(super) fn may_be_extra(&self, entity: &str, key: &str) -> bool {
        holds(&self.extra, entity, key)
    }

    /// Entries that except nothing, or have no reason.
    pub(super) fn stale(&self, document: &Document) -> Vec<String> {
        let mut stale = Vec::new();
        let mut note = |name: String, right: bool, why: &str| {
            if !right || why.is_empty() {
                stale.push(name);
            }
        };
        for (name, why) in &self.verb {
            let (verb, template) = name.split_once(' ').unwrap();
            let right = document.has_path(template) && document.operation(template, verb).is_none();
            note(format!("verb: {name}"), right, why);
        }
        for (name, why) in &self.status {
            let (name, status) = name.rsplit_once(' ').unwrap();
            let (verb, template) = name.split_once(' ').unwrap();
            let documented = document
                .operation(template, verb)
                .is_some_and(|operation| operation.statuses().any(|known| known.to_string() == status));
            let right = document.has_path(template) && !documented;
            note(format!("status: {name} {status}"), right, why);
        }
        for (name, instead) in &self.body {
            let (_, template) = name.split_once(' ').unwrap();
            let known = instead
                .is
                .split(" or ")
                .all(|entity| entity == "anything" || document.has_entity(entity));
            note(
                format!("body: {name}"),
                known && document.has_path(template),
                &instead.why,
            );
        }
        let has = |entity: &str, key: &str| document.properties(entity).map(|keys| keys.contains_key(key));
        for (entities, keys) in &self.r#type {
            for (key, instead) in keys {
                for entity in entities.split(", ") {
                    let right = has(entity, key) == Some(true);
                    note(format!("type: {entity}.{key}"), right, &instead.why);
                }
            }
        }
        for (list, expected, lists) in [("absent", true, &self.absent), ("extra", false, &self.extra)] {
            for (entities, reasons) in lists {
                for (why, key) in reasons
                    .iter()
                    .flat_map(|(why, keys)| keys.iter().map(move |key| (why, key)))
                {
                    for entity in entities.split(", ") {
                        let right = has(entity, key) == Some(expected);
                        note(format!("{list}: {entity}.{key}"), right, why);
                    }
                }
            }
        }
        stale
    }
}

/// The generator writes `string`, and nothing else, for what the source does not declare.
fn is_undeclared(schema: &Value) -> bool {
    schema.as_object().is_some_and(|it| it.len() == 1) && schema["type"] == "string"
}

/// The tables of those lists of entities that name this one.
fn of<'a, T>(tables: &'a BTreeMap<String, T>, entity: &'a str) -> impl Iterator<Item = &'a T> {
    tables
        .iter()
        .filter(move |(entities, _)| entities.split(", ").any(|it| it == entity))
        .map(|(_, table)| table)
}

fn holds(tables: &BTreeMap<String, BTreeMap<String, Vec<String>>>, entity: &str, key: &str) -> bool {
    of(tables, entity).any(|reasons| reasons.values().flatten().any(|it| it == key))
}
