//! The JSON Schema of a manifest, for editors: made of the schemas of the operations that read it.

use serde_json::{Map, Value, json};

use super::forms::API_VERSION;
use super::words::{KindWords, SectionWords, Setting, Words};
use crate::field::{Field, FieldKind};
use crate::operation::{AnyOperation, ObjectKind, Registry};

/// The schema of manifests that these operations understand.
///
/// It asks for the names as the documentation spells them, while reading them is more forgiving.
pub fn schema(registry: &Registry) -> Value {
    let words = Words::of(registry);
    let (group, project) = (words.kind(ObjectKind::Group), words.kind(ObjectKind::Project));
    let exact = exact(&words);
    let list_of = |what: &str| json!({ "type": "array", "items": { "$ref": format!("#/$defs/{what}") } });
    let defaults = json!({
        "type": "object",
        "description": "Settings and entries of sections that everything below has, unless something nearer says otherwise.",
        "properties": {
            "groups": of_defaults(group, "group"),
            "projects": of_defaults(project, "project"),
        },
    });
    let object = json!({
        "description": "A group that exists: full path or number.",
        "type": ["string", "integer"],
    });
    let mut top = Map::new();
    top.insert("apiVersion".into(), json!({ "const": API_VERSION }));
    top.insert("group".into(), object.clone());
    top.insert("defaults".into(), json!({ "$ref": "#/$defs/defaults" }));
    top.insert("exact".into(), exact.clone());
    top.insert("groups".into(), list_of("group"));
    top.insert("subgroups".into(), list_of("group"));
    top.insert("projects".into(), list_of("project"));
    top.insert("options".into(), options());
    let mut of_group = properties(group, "group");
    of_group.insert("parent".into(), object.clone());
    of_group.insert("defaults".into(), json!({ "$ref": "#/$defs/defaults" }));
    of_group.insert("exact".into(), exact.clone());
    of_group.insert("projects".into(), list_of("project"));
    of_group.insert("subgroups".into(), list_of("group"));
    let mut of_project = properties(project, "project");
    of_project.insert("group".into(), object);
    of_project.insert("exact".into(), exact);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Manifest of gitlab-bulk: the desired state of a part of a GitLab instance",
        "type": "object",
        "required": ["apiVersion"],
        "properties": top,
        "additionalProperties": false,
        "$defs": {
            "defaults": defaults,
            "group": {
                "type": "object",
                "required": ["path", "name"],
                "properties": of_group,
                "additionalProperties": false,
            },
            "project": {
                "type": "object",
                "anyOf": [{ "required": ["path"] }, { "required": ["name"] }],
                "properties": of_project,
                "additionalProperties": false,
            },
        },
    })
}

/// What an object may say: its settings, beside its path or under `settings`, and its sections.
fn properties(words: &KindWords<'_>, definition: &str) -> Map<String, Value> {
    let mut all: Map<String, Value> = words
        .settings
        .iter()
        .map(|setting| of_setting(words, setting))
        .collect();
    let settings = all.keys().map(|name| (name.clone(), the_same(definition, name)));
    let settings: Map<String, Value> = settings.collect();
    all.insert(
        "settings".into(),
        json!({ "type": "object", "properties": settings, "additionalProperties": false }),
    );
    all.extend(
        words
            .sections
            .iter()
            .map(|section| (section.section.name.to_owned(), of_section(section))),
    );
    all
}

fn of_defaults(words: &KindWords<'_>, definition: &str) -> Value {
    let names = words.names().filter(|name| !matches!(*name, "path" | "name"));
    let all: Map<String, Value> = names
        .chain(["settings"])
        .map(|name| (name.to_owned(), the_same(definition, name)))
        .collect();
    json!({ "type": "object", "properties": all, "additionalProperties": false })
}

/// What an object of this definition says under this name.
fn the_same(definition: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}/properties/{name}") })
}

fn of_setting(words: &KindWords<'_>, setting: &Setting<'_>) -> (String, Value) {
    let operation = match (setting.by_create, words.update) {
        (false, Some(update)) => update,
        _ => words.create,
    };
    (setting.field.name.clone(), of_field(operation, setting.field))
}

fn of_section(words: &SectionWords<'_>) -> Value {
    let properties: Map<String, Value> = words
        .fields
        .iter()
        .map(|field| (field.name.clone(), of_field(words.operation, field)))
        .collect();
    let required: Vec<&str> = words
        .fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name.as_str())
        .collect();
    let entry = json!({
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    });
    if words.section.is_list {
        json!({ "type": "array", "description": words.operation.title(), "items": entry })
    } else {
        entry
    }
}

/// A parameter as its operation's schema has it, in the values that a manifest may give.
fn of_field(operation: &dyn AnyOperation, field: &Field) -> Value {
    let schema = operation.schema();
    let mut property = schema
        .as_value()
        .pointer(&format!("/properties/{}", field.name))
        .cloned()
        .unwrap_or_else(|| json!({}));
    let Some(entries) = property.as_object_mut() else {
        return json!({});
    };
    entries.retain(|key, _| !key.starts_with("x-"));
    let mut choices: Vec<Value> = field.choices.iter().map(|choice| json!(choice)).collect();
    match field.kind {
        FieldKind::AccessLevel => choices.extend(domain::AccessLevel::ALL.map(|level| json!(level.number()))),
        FieldKind::Feature => choices.extend([json!(true), json!(false)]),
        FieldKind::Visibility | FieldKind::Choice => {}
        _ => choices.clear(),
    }
    if !choices.is_empty() {
        choices.push(Value::Null);
        entries.remove("type");
        entries.insert("enum".into(), Value::Array(choices));
    }
    property
}

fn exact(words: &Words<'_>) -> Value {
    let mut names: Vec<&str> = [ObjectKind::Group, ObjectKind::Project]
        .into_iter()
        .flat_map(|kind| &words.kind(kind).sections)
        .filter(|section| section.removes.is_some())
        .map(|section| section.section.name)
        .collect();
    names.sort_unstable();
    names.dedup();
    json!({
        "type": "array",
        "description": "Sections in which nothing may be but what is listed; what else is there is removed.",
        "items": { "enum": names },
    })
}

fn options() -> Value {
    json!({
        "type": "object",
        "description": "How the job is to be run; the command line and the request are stronger.",
        "properties": {
            "updateExisting": { "type": "boolean", "description": "Bring what exists to the wanted values (true)." },
            "continueOnError": { "type": "boolean" },
            "dryRun": { "type": "boolean" },
            "ratePerSecond": { "type": "number", "exclusiveMinimum": 0 },
            "concurrency": { "type": "integer", "minimum": 1 },
            "allowRemovals": { "type": "integer", "minimum": 0 },
        },
        "additionalProperties": false,
    })
}
