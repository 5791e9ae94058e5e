//! The JSON Schema and the reader mean the same manifest.

use std::fmt::Write as _;

use engine::import::parse_yaml;
use engine::manifest::schema;
use engine::operations::registry;
use serde_json::{Value, json};

use super::{read, refused};

/// What the schema has against a value: the words of JSON Schema that ours is made of.
fn against(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(pointer) = schema["$ref"].as_str() {
        let meant = root.pointer(pointer.strip_prefix('#').unwrap()).unwrap();
        return against(root, meant, value, at);
    }
    let mut found = Vec::new();
    let kinds = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("a type of the schema that this test does not know: {other}"),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is(kind)) {
        found.push(format!("{at}: not {}", kinds.join(" or ")));
    }
    if let Some(wanted) = schema.get("const").filter(|wanted| *wanted != value) {
        found.push(format!("{at}: not {wanted}"));
    }
    if let Some(choices) = schema["enum"]
        .as_array()
        .filter(|choices| !choices.contains(value))
    {
        found.push(format!("{at}: none of {}", choices.len()));
    }
    if let Some(entries) = value.as_object() {
        let known = &schema["properties"];
        for name in schema["required"].as_array().into_iter().flatten() {
            if !entries.contains_key(name.as_str().unwrap()) {
                found.push(format!("{at}: without {name}"));
            }
        }
        for (name, value) in entries {
            let at = format!("{at}.{name}");
            match known.get(name) {
                Some(schema) => found.extend(against(root, schema, value, &at)),
                None if schema["additionalProperties"] == json!(false) => {
                    found.push(format!("{at}: unknown"));
                }
                None => {}
            }
        }
    }
    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(against(root, &schema["items"], value, &format!("{at}[{index}]")));
    }
    found
}

fn objections(text: &str) -> Vec<String> {
    let root = schema(&registry());
    against(&root, &root, &parse_yaml(text).unwrap(), "")
}

const EXAMPLE: &str = "\
apiVersion: gitlab-bulk/v1
defaults: { projects: { merge_method: ff, members: [{ username: audit, access_level: 20 }] } }
exact: [members, variables]
groups:
  - path: acme
    name: Acme
    settings: { project_creation_level: maintainer }
    members: [{ username: dev-0001, access_level: owner, expires_at: \"2031-12-31\" }]
    variables: [{ key: REGION, value: eu, protected: true }]
    labels: [{ name: bug, color: \"#d9534f\" }]
    subgroups: [{ path: platform, name: Platform, exact: [], projects: [{ path: ledger, wiki_access_level: false }] }]
    projects:
      - name: Site
        protectedBranches: [{ name: main, push_access_level: maintainer }]
options: { updateExisting: true, allowRemovals: 3, ratePerSecond: 0.5 }
";

#[test]
fn what_the_schema_takes_is_read_and_what_it_refuses_is_refused() {
    assert_eq!(objections(EXAMPLE), [""; 0]);
    assert_eq!(refused("a.yaml", EXAMPLE), "nothing is wrong");
    for (right, wrong) in [
        ("gitlab-bulk/v1", "gitlab-bulk/v2"),
        ("exact: [members,", "exact: [people,"),
        ("access_level: owner", "access_level: boss"),
        ("name: Acme\n", "nom: Acme\n"),
        ("key: REGION, ", ""),
        (
            "subgroups: [{ path: platform, name: Platform,",
            "subgroups: [{ path: platform,",
        ),
        ("updateExisting: true", "updateExisting: perhaps"),
        ("merge_method: ff", "merge_method: octopus"),
        (
            "protectedBranches: [{ name: main,",
            "protectedBranches: [{ name: [main],",
        ),
    ] {
        let text = EXAMPLE.replacen(right, wrong, 1);
        assert!(!objections(&text).is_empty(), "the schema takes {wrong}");
        assert_ne!(
            refused("a.yaml", &text),
            "nothing is wrong",
            "the reader takes {wrong}"
        );
    }
}

#[test]
fn every_key_of_the_schema_means_something_to_the_reader() {
    let schema = schema(&registry());
    let keys = |pointer: &str| -> Vec<String> {
        let properties = schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer}"));
        properties.as_object().unwrap().keys().cloned().collect()
    };
    let mut asked = 0;
    let mut is_known = |text: String, key: &str| {
        asked += 1;
        let told = match read("a.yaml", &text) {
            Ok(manifest) => manifest.warnings.iter().map(ToString::to_string).collect(),
            Err(problems) => problems,
        };
        // Whatever else is wrong with a key that says nothing, it is not its name.
        let unknown = told
            .iter()
            .find(|line| line.contains("unknown") || line.contains("not read"));
        assert_eq!(unknown, None, "{key}: {text}");
    };
    for key in keys("/properties") {
        is_known(
            format!("apiVersion: gitlab-bulk/v1\ngroups: [{{ path: acme, name: Acme }}]\n{key}: null\n"),
            &key,
        );
    }
    for key in keys("/properties/options/properties") {
        is_known(
            format!(
                "apiVersion: gitlab-bulk/v1\ngroups: [{{ path: acme, name: Acme }}]\noptions: {{ {key}: null }}\n"
            ),
            &key,
        );
    }
    for (kind, list, named) in [
        ("group", "groups", "path: acme, name: Acme"),
        ("project", "projects", "path: site"),
    ] {
        let object = |inner: &str| {
            let mut text = String::from("apiVersion: gitlab-bulk/v1\ngroup: acme\n");
            let list = if kind == "group" { "subgroups" } else { list };
            writeln!(text, "{list}: [{{ {named}, {inner} }}]").unwrap();
            text
        };
        for key in keys(&format!("/$defs/{kind}/properties")) {
            if !matches!(key.as_str(), "path" | "name") {
                is_known(object(&format!("{key}: null")), &key);
            }
            let items = format!("/$defs/{kind}/properties/{key}/items/properties");
            for inner in schema.pointer(&items).map(|_| keys(&items)).into_iter().flatten() {
                is_known(
                    object(&format!("{key}: [{{ {inner}: null }}]")),
                    &format!("{key}.{inner}"),
                );
            }
        }
        for key in keys(&format!("/$defs/{kind}/properties/settings/properties")) {
            is_known(object(&format!("settings: {{ {key}: null }}")), &key);
        }
        for key in keys(&format!("/$defs/defaults/properties/{list}/properties")) {
            is_known(
                format!(
                    "apiVersion: gitlab-bulk/v1\ngroups: [{{ path: acme, name: Acme }}]\ndefaults: {{ {list}: {{ {key}: null }} }}\n"
                ),
                &key,
            );
        }
    }
    assert!(asked > 200, "they are read: {asked}");
}
