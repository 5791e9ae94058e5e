use engine::operation::{Description, Registry};
use serde_json::{Map, Value, json};

/// Writes what bodies of jobs look like: one schema for each operation's items, and of them the body of
/// `POST /api/jobs`.
pub(super) fn write(document: &mut Value, registry: &Registry) {
    let mut kinds = Vec::new();
    let schemas = &mut document["components"]["schemas"];
    for operation in registry.iter() {
        let description = Description::of(&**operation);
        let item = type_name(description.name, "Item");
        let parameters = parameters_schema(&description, &item)
            .map(|schema| (type_name(description.name, "Parameters"), schema));
        kinds.push(kind_schema(
            &description,
            &item,
            parameters.as_ref().map(|(name, _)| name.as_str()),
        ));
        schemas[&item] = item_schema(&description);
        if let Some((name, schema)) = parameters {
            schemas[name] = schema;
        }
    }
    kinds.push(json!({
        "title": "mixed",
        "type": "object",
        "required": ["type", "data"],
        "properties": {
            "type": { "const": "mixed" },
            "data": {
                "description": "Lists by their names.",
                "type": "object",
                "minProperties": 1,
                "additionalProperties": false,
                "properties": {
                    "groups": list_of("CreateGroupItem"),
                    "projects": list_of("CreateProjectItem"),
                    "members": list_of("AddMemberItem"),
                },
            },
        },
    }));
    kinds.push(json!({
        "title": "manifest",
        "type": "object",
        "required": ["type", "data"],
        "properties": {
            "type": { "const": "manifest" },
            "data": {
                "type": "object",
                "required": ["manifest"],
                "additionalProperties": false,
                "properties": {
                    "manifest": {
                        "description": "A desired state, as an object or as the text of a file.",
                        "type": ["object", "string"],
                    },
                    "group": {
                        "description": "The group whose content it is, by number or full path.",
                        "type": ["integer", "string", "null"],
                    },
                },
            },
        },
    }));
    schemas["JobRequest"] = json!({
        "description": "A job to be made: of items, of what a selector names, or of a desired state.",
        "type": "object",
        "required": ["type", "data"],
        "properties": {
            "options": options(),
            "start": {
                "description": "`false` stops at `planned`, to be looked at.",
                "type": ["boolean", "null"],
                "default": true,
            },
        },
        "unevaluatedProperties": false,
        "oneOf": kinds,
    });
    short_forms(schemas);
}

/// What the short forms take.
fn short_forms(schemas: &mut Value) {
    for (name, list, item) in [
        ("GroupsRequest", "groups", "CreateGroupItem"),
        ("MembersRequest", "members", "AddMemberItem"),
    ] {
        schemas[name] = short_form(list, item);
    }
    let manifest = json!({
        "title": "Projects by group",
        "type": "object",
        "required": ["projects"],
        "properties": {
            "projects": { "type": "array", "minItems": 1, "items": { "type": "object", "properties": {
                "group_id": { "type": ["integer", "string"] },
                "projects": { "type": "array", "items": { "type": "object" } },
            } } },
            "defaults": { "type": "object" },
            "branchProtection": { "type": "object" },
            "ciVariables": { "type": "object" },
            "options": { "type": "object" },
        },
    });
    schemas["ProjectsRequest"] = json!({ "anyOf": [short_form("projects", "CreateProjectItem"), manifest] });
    schemas["SubgroupsRequest"] = json!({
        "description": "A tree of groups below one that exists.",
        "type": "object",
        "required": ["parentId", "subgroups"],
        "properties": {
            "parentId": { "description": "Number or full path.", "type": ["integer", "string"] },
            "subgroups": { "type": "array", "minItems": 1, "items": {
                "type": "object",
                "required": ["name", "path"],
                "properties": {
                    "name": { "type": "string", "minLength": 1, "maxLength": 255 },
                    "path": { "type": "string", "minLength": 2, "maxLength": 255 },
                    "description": { "type": "string" },
                    "visibility": { "enum": ["private", "internal", "public"] },
                    "settings": { "type": "object" },
                    "subgroups": { "type": "array", "items": { "type": "object" } },
                },
            } },
            "defaults": { "type": "object" },
            "options": { "type": "object" },
        },
    });
    schemas["ImportTextRequest"] = json!({
        "description": "A desired state as text, below a group if one is named.",
        "type": "object",
        "required": ["yaml"],
        "additionalProperties": false,
        "properties": {
            "yaml": { "description": "A manifest, or one of the older forms.", "type": "string", "minLength": 1 },
            "targetGroupId": { "description": "Number or full path.", "type": ["integer", "string", "null"] },
        },
    });
}

/// Options of a job; `null` is as good as none.
fn options() -> Value {
    json!({ "oneOf": [{ "$ref": "#/components/schemas/JobOptions" }, { "type": "null" }] })
}

fn short_form(list: &str, item: &str) -> Value {
    let mut properties = Map::new();
    properties.insert(list.to_owned(), list_of(item));
    properties.insert("options".to_owned(), options());
    properties.insert(
        "start".to_owned(),
        json!({ "type": ["boolean", "null"], "default": true }),
    );
    json!({
        "type": "object",
        "required": [list],
        "additionalProperties": false,
        "properties": properties,
    })
}

fn list_of(item: &str) -> Value {
    json!({
        "type": "array",
        "minItems": 1,
        "items": { "$ref": format!("#/components/schemas/{item}") },
    })
}

fn kind_schema(description: &Description, item: &str, parameters: Option<&str>) -> Value {
    let mut ways = vec![json!({
        "type": "object",
        "required": ["items"],
        "additionalProperties": false,
        "properties": { "items": list_of(item) },
    })];
    ways.extend(parameters.map(|parameters| {
        json!({
            "type": "object",
            "required": ["selector"],
            "additionalProperties": false,
            "properties": {
                "selector": {
                    "description": "Names groups and projects by what they are: `group:acme/** archived=false`.",
                    "type": "string",
                    "minLength": 1,
                },
                "parameters": { "$ref": format!("#/components/schemas/{parameters}") },
            },
        })
    }));
    json!({
        "title": description.job_type,
        "type": "object",
        "required": ["type", "data"],
        "properties": { "type": { "const": description.job_type }, "data": { "oneOf": ways } },
    })
}

/// One item, as the operation declares it.
fn item_schema(description: &Description) -> Value {
    let mut schema = plain(description);
    schema.insert("title".to_owned(), json!(description.title));
    Value::Object(schema)
}

/// The parameters of an operation on what a selector names: those of its items, of which none is needed here, since
/// the selector names the target. `None` where there is nothing to be selected for it.
fn parameters_schema(description: &Description, item: &str) -> Option<Value> {
    let schema = plain(description);
    let of_item = schema["properties"].as_object()?;
    if !of_item.contains_key("group") && !of_item.contains_key("project") {
        return None;
    }
    let properties: Map<String, Value> = of_item
        .keys()
        .map(|name| {
            let to = format!("#/components/schemas/{item}/properties/{name}");
            (name.clone(), json!({ "$ref": to }))
        })
        .collect();
    Some(json!({
        "title": format!("{}: what is the same for all", description.title),
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    }))
}

fn plain(description: &Description) -> Map<String, Value> {
    let schema = description.schema.as_value().clone();
    let Value::Object(mut schema) = schema else {
        unreachable!("the parameters of an operation are an object")
    };
    schema.remove("$schema");
    schema
}

/// `create_group` → `CreateGroupItem`.
fn type_name(operation: &str, suffix: &str) -> String {
    let words = operation.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    words.chain([suffix.to_owned()]).collect()
}
