//! GitLab's OpenAPI 2 document, as far as it is of use here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Paths and what bodies look like.
#[derive(Deserialize)]
pub(super) struct Document {
    paths: BTreeMap<String, BTreeMap<String, Operation>>,
    definitions: BTreeMap<String, Value>,
}

/// One verb of a path.
#[derive(Deserialize)]
pub(super) struct Operation {
    responses: BTreeMap<String, Response>,
}

#[derive(Deserialize)]
struct Response {
    schema: Option<Value>,
}

/// The verbs of a path, in capitals.
pub(super) type Operations = BTreeMap<String, Operation>;

impl Document {
    pub(super) fn parse(text: &str) -> Self {
        let mut document: Self =
            serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("GITLAB_OPENAPI: {error}"));
        document.paths = std::mem::take(&mut document.paths)
            .into_iter()
            .map(|(path, operations)| {
                let path = path.trim_start_matches("/api/v4").to_owned();
                let operations = operations
                    .into_iter()
                    .map(|(verb, operation)| (verb.to_uppercase(), operation));
                (path, operations.collect())
            })
            .collect();
        document
    }

    /// The template that a path follows, below `/api/v4`, and its verbs. Literals come before parameters.
    pub(super) fn find(&self, path: &str) -> Option<(&str, &Operations)> {
        let path = path.strip_prefix("/api/v4")?;
        self.paths
            .iter()
            .filter(|(template, _)| follows(path, template))
            .min_by_key(|(template, _)| template.matches('{').count())
            .map(|(template, operations)| (template.as_str(), operations))
    }

    pub(super) fn operation(&self, template: &str, verb: &str) -> Option<&Operation> {
        self.paths.get(template)?.get(verb)
    }

    pub(super) fn has_path(&self, template: &str) -> bool {
        self.paths.contains_key(template)
    }

    pub(super) fn has_entity(&self, entity: &str) -> bool {
        self.definitions.contains_key(entity)
    }

    /// The properties of an entity.
    pub(super) fn properties(&self, entity: &str) -> Option<&serde_json::Map<String, Value>> {
        self.definitions.get(entity)?.get("properties")?.as_object()
    }
}

impl Operation {
    pub(super) fn statuses(&self) -> impl Iterator<Item = u16> {
        self.responses.keys().filter_map(|status| status.parse().ok())
    }

    /// What it answers when all is well: the one schema, whichever of the good statuses has it.
    pub(super) fn body(&self) -> Option<Value> {
        self.responses
            .iter()
            .filter(|(status, _)| status.starts_with('2'))
            .find_map(|(_, response)| response.schema.clone())
    }
}

fn follows(path: &str, template: &str) -> bool {
    let mut ours = path.split('/');
    let mut theirs = template.split('/');
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return true,
            (Some(segment), Some(place)) if place.starts_with('{') || segment == place => {}
            _ => return false,
        }
    }
}
