//! Parameters that many operations have: how each is read from a file, and what else people call it, declared once.
//!
//! An operation names one of these for its field, `#[schemars(transform = parameters::project)]`, and says what is its own:
//! the help text, and with `extend` an example (`x-example`) and further names (`x-aliases`).

use schemars::Schema;
use serde_json::Value;

/// A project: full path or number.
pub fn project(schema: &mut Schema) {
    object(schema, &["project_id", "project_path"]);
}

/// A group: full path or number.
pub fn group(schema: &mut Schema) {
    object(schema, &["group_id", "group_path"]);
}

/// As [`project`]; one row may name several.
pub fn projects(schema: &mut Schema) {
    object(schema, &["project_id", "project_path", "projects", "project_ids"]);
    set(schema, "x-several", true);
}

/// As [`group`]; one row may name several.
pub fn groups(schema: &mut Schema) {
    object(schema, &["group_id", "group_path", "groups", "group_ids"]);
    set(schema, "x-several", true);
}

/// Users, by name.
pub fn usernames(schema: &mut Schema) {
    length(schema, 1, 255);
    called(schema, &["user", "usernames", "users"]);
    set(schema, "x-several", true);
}

/// Users, by GitLab's number.
pub fn user_ids(schema: &mut Schema) {
    called(schema, &["user_ids"]);
    set(schema, "x-several", true);
}

/// People, by their addresses.
pub fn emails(schema: &mut Schema) {
    length(schema, 3, 255);
    called(schema, &["user_email", "email_address", "mail", "emails"]);
    set(schema, "x-several", true);
}

/// What a member may do.
pub fn access_level(schema: &mut Schema) {
    set(schema, "x-kind", "access_level");
    called(schema, &["role", "level"]);
}

/// The day on which something ends.
pub fn expiry(schema: &mut Schema) {
    set(schema, "x-kind", "date");
    called(schema, &["expiry_date"]);
}

fn object(schema: &mut Schema, names: &[&str]) {
    set(schema, "x-kind", "object");
    called(schema, names);
}

/// These names, before those that the operation has given it.
fn called(schema: &mut Schema, names: &[&str]) {
    const ALIASES: &str = "x-aliases";
    let own = schema.get(ALIASES).and_then(Value::as_array).cloned();
    let names = names.iter().map(|name| Value::from(*name));
    let all: Vec<Value> = names.chain(own.unwrap_or_default()).collect();
    set(schema, ALIASES, all);
}

fn length(schema: &mut Schema, min: u64, max: u64) {
    set(schema, "minLength", min);
    set(schema, "maxLength", max);
}

fn set(schema: &mut Schema, key: &str, value: impl Into<Value>) {
    schema.insert(key.to_owned(), value.into());
}
