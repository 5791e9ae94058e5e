//! The fields of an operation, derived from its parameters: the one source of CSV columns, templates,
//! flags of the command line and forms of the console.

use schemars::Schema;
use serde::Serialize;
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde_json::Value;

/// How text stands for a value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Any text.
    Text,
    /// Yes or no: `true`, `false`, `yes`, `no`, `1`, `0`.
    Flag,
    /// A whole number from 0 on.
    Number,
    /// Texts, separated by commas.
    List,
    /// A day of the calendar, `YYYY-MM-DD`.
    Date,
    /// `private`, `internal` or `public`.
    Visibility,
    /// What a member may do: a name or GitLab's number.
    AccessLevel,
    /// A group or project: GitLab's number or a full path.
    Object,
    /// One of [`Field::choices`].
    Choice,
    /// One of [`Field::choices`]; yes means `enabled`, no means `disabled`.
    Feature,
}

impl FieldKind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "flag" => Self::Flag,
            "number" => Self::Number,
            "list" => Self::List,
            "date" => Self::Date,
            "visibility" => Self::Visibility,
            "access_level" => Self::AccessLevel,
            "object" => Self::Object,
            "choice" => Self::Choice,
            "feature" => Self::Feature,
            _ => return None,
        })
    }

    /// The kind of a JSON type; a type that is one of several (`["string", "null"]`) counts as the first.
    fn of_json_type(property: &Value) -> Self {
        let json_type = match property.get("type") {
            Some(Value::Array(types)) => types.first().and_then(Value::as_str),
            Some(Value::String(name)) => Some(name.as_str()),
            _ => None,
        };
        match json_type {
            Some("boolean") => Self::Flag,
            Some("integer" | "number") => Self::Number,
            Some("array") => Self::List,
            _ => Self::Text,
        }
    }
}

/// One parameter of an operation, as people meet it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// GitLab's name of the parameter.
    pub name: String,
    /// Other names that files and bodies may use for it.
    pub aliases: Vec<String>,
    /// How text stands for its value.
    pub kind: FieldKind,
    /// Whether every item has to have it.
    pub required: bool,
    /// The values there are, for kinds that have a few only.
    pub choices: Vec<String>,
    /// Least characters of a text.
    pub min_length: Option<usize>,
    /// Most characters of a text.
    pub max_length: Option<usize>,
    /// What it means, in a sentence.
    pub help: String,
    /// A value as a file would hold it.
    pub example: Option<String>,
    /// Whether its value is shown nowhere.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// Whether one row may name several, separated by commas or semicolons (in JSON: a list), and then stands
    /// for an item of each.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub several: bool,
}

impl Field {
    /// Whether a folded name (see [`fold`]) means this field.
    pub fn answers_to(&self, folded: &str) -> bool {
        fold(&self.name) == folded || self.aliases.iter().any(|alias| fold(alias) == folded)
    }
}

/// A name without what does not count in it: case, white space, `_` and `-`.
pub fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The fields of parameters of type `P`, with the schema that was derived from it, in the order in
/// which `P` declares them.
pub fn derive<P: DeserializeOwned>(schema: &Schema) -> Vec<Field> {
    let schema = schema.as_value();
    let required: Vec<&str> = texts(schema.get("required")).collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut fields: Vec<Field> = properties
        .into_iter()
        .flatten()
        .map(|(name, property)| read(name, property, required.contains(&name.as_str())))
        .collect();
    // A schema keeps its properties by the alphabet; people expect them as they were written down.
    let declared = declared_names::<P>();
    fields.sort_by_key(|field| declared.iter().position(|name| *name == field.name));
    fields
}

fn read(name: &str, property: &Value, required: bool) -> Field {
    let text = |key: &str| property.get(key).and_then(Value::as_str);
    let flag = |key: &str| property.get(key).and_then(Value::as_bool).unwrap_or(false);
    let length = |key: &str| {
        let length = property.get(key).and_then(Value::as_u64)?;
        usize::try_from(length).ok()
    };
    let kind = text("x-kind")
        .and_then(FieldKind::named)
        .unwrap_or_else(|| FieldKind::of_json_type(property));
    let choices = match kind {
        FieldKind::Visibility => vec!["private".into(), "internal".into(), "public".into()],
        FieldKind::AccessLevel => domain::AccessLevel::ALL
            .map(|level| level.name().to_owned())
            .to_vec(),
        _ => texts(property.get("x-choices")).map(str::to_owned).collect(),
    };
    Field {
        name: name.to_owned(),
        aliases: texts(property.get("x-aliases")).map(str::to_owned).collect(),
        kind,
        required,
        choices,
        min_length: length("minLength"),
        max_length: length("maxLength"),
        help: text("description").unwrap_or_default().to_owned(),
        example: match property.get("x-example") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        },
        secret: flag("x-secret"),
        several: flag("x-several"),
    }
}

fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// The names of a struct's fields in the order of their declaration: what serde hands to a
/// deserializer that is asked for the struct.
fn declared_names<P: DeserializeOwned>() -> &'static [&'static str] {
    struct Listener<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Listener<'_> {
        type Error = serde::de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("only the names are wanted"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            names: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = names;
            self.deserialize_any(visitor)
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
            unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut names: &'static [&'static str] = &[];
    // Always an error: the listener has nothing to give.
    let _ = P::deserialize(Listener(&mut names));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::registry;

    fn fields(operation: &str) -> Vec<Field> {
        registry().get(operation).unwrap().fields().to_vec()
    }

    #[test]
    fn fields_come_in_the_order_of_their_declaration() {
        let names: Vec<String> = fields("add_member").into_iter().map(|field| field.name).collect();
        assert_eq!(
            names,
            [
                "username",
                "user_id",
                "email",
                "group",
                "project",
                "access_level",
                "expires_at"
            ]
        );
    }

    #[test]
    fn a_field_says_what_a_form_or_a_template_needs_to_know() {
        let description = Field {
            name: "description".into(),
            aliases: vec![],
            kind: FieldKind::Text,
            required: false,
            choices: vec![],
            min_length: None,
            max_length: Some(500),
            help: "What it is for.".into(),
            example: Some("Shared services".into()),
            secret: false,
            several: false,
        };
        assert_eq!(fields("create_group")[3], description);
        let wiki = fields("create_project")
            .into_iter()
            .find(|field| field.name == "wiki_access_level")
            .unwrap();
        assert_eq!(wiki.kind, FieldKind::Feature);
        assert_eq!(wiki.choices, ["disabled", "private", "enabled"]);
    }

    #[test]
    fn kinds_without_a_word_of_their_own_follow_the_json_type() {
        let kind = |operation: &str, name: &str| {
            let fields = fields(operation);
            fields.iter().find(|field| field.name == name).unwrap().kind
        };
        assert_eq!(kind("create_group", "lfs_enabled"), FieldKind::Flag);
        assert_eq!(kind("add_member", "user_id"), FieldKind::Number);
        assert_eq!(kind("create_project", "topics"), FieldKind::List);
        assert_eq!(kind("create_project", "name"), FieldKind::Text);
    }

    #[test]
    fn required_is_what_no_item_can_do_without() {
        let required = |operation: &str| -> Vec<String> {
            let fields = fields(operation);
            fields
                .into_iter()
                .filter(|field| field.required)
                .map(|field| field.name)
                .collect()
        };
        assert_eq!(required("create_group"), ["name", "path"]);
        assert_eq!(required("create_project"), ["group"]);
        assert_eq!(required("add_member"), ["access_level"]);
    }

    #[test]
    fn every_alias_of_every_operation_means_one_field_only() {
        for operation in registry().iter() {
            for field in operation.fields() {
                for name in std::iter::once(&field.name).chain(&field.aliases) {
                    let meant: Vec<&str> = operation
                        .fields()
                        .iter()
                        .filter(|other| other.answers_to(&fold(name)))
                        .map(|other| other.name.as_str())
                        .collect();
                    assert_eq!(meant, [field.name.as_str()], "{} {name}", operation.name());
                }
            }
        }
    }

    #[test]
    fn folding_leaves_only_what_counts() {
        for name in ["group_id", "Group ID", "GROUP-ID", "groupId"] {
            assert_eq!(fold(name), "groupid", "{name}");
        }
    }
}
