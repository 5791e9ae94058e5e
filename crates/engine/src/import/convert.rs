//! One cell, or one JSON value, to the value that a field takes.

use domain::{AccessLevel, Problem, Timestamp, Visibility};
use serde_json::Value;

use crate::field::{Field, FieldKind, fold};
use crate::inputs::written;

/// A value as it was given.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'a> {
    /// Of a table of text. White space around it does not count; an empty one is no value.
    Text(&'a str),
    /// Of JSON or YAML. Null is no value; a text stands for a value as it would in a table, but keeps
    /// its white space where the field is a text.
    Value(&'a Value),
}

impl Cell<'_> {
    /// As a table has it.
    pub(super) fn written(self) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Value(value) => written(value),
        }
    }

    /// Whether nothing was given.
    pub(super) fn is_absent(self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Value(value) => value.is_null(),
        }
    }
}

/// Converts what was given for `field`; `None` when nothing was.
///
/// # Errors
/// It is not of the field's kind. The problem has value and what is allowed, but no place yet.
pub(crate) fn convert(field: &Field, cell: Cell<'_>) -> Result<Option<Value>, Problem> {
    if cell.is_absent() {
        return Ok(None);
    }
    match cell {
        Cell::Text(text) => convert_text(field, text.trim()).map(Some),
        Cell::Value(value) => convert_value(field, value),
    }
}

/// Converts what was given for `field`, where that may be several: separated by commas or semicolons, or a list.
/// Nothing when nothing was given.
///
/// # Errors
/// The first that is not of the field's kind.
pub(super) fn convert_each(field: &Field, cell: Cell<'_>) -> Result<Vec<Value>, Problem> {
    let text = match cell {
        Cell::Text(text) => text,
        Cell::Value(Value::String(text)) => text.as_str(),
        Cell::Value(Value::Array(entries)) if field.several => {
            let each = entries.iter().map(|entry| convert(field, Cell::Value(entry)));
            return each.filter_map(Result::transpose).collect();
        }
        Cell::Value(_) => "",
    };
    if field.several && text.contains([',', ';']) {
        let each = text
            .split([',', ';'])
            .map(|part| convert(field, Cell::Text(part)));
        return each.filter_map(Result::transpose).collect();
    }
    Ok(convert(field, cell)?.into_iter().collect())
}

/// A value that breaks no rule, for rows in which the given one could not be used: so that the rest of
/// the row can still be checked.
pub(crate) fn stand_in(field: &Field) -> Value {
    let example = field.example.as_deref();
    if let Some(value) = example.and_then(|text| convert_text(field, text).ok()) {
        return value;
    }
    match field.kind {
        FieldKind::Flag => true.into(),
        FieldKind::Number | FieldKind::Object => 1.into(),
        FieldKind::List => Value::Array(Vec::new()),
        FieldKind::Date => "9999-12-31".into(),
        FieldKind::AccessLevel => AccessLevel::Guest.number().into(),
        FieldKind::Visibility | FieldKind::Choice | FieldKind::Feature => field
            .choices
            .first()
            .map_or(Value::Null, |choice| choice.as_str().into()),
        FieldKind::Text => "x".repeat(field.min_length.unwrap_or(1).max(1)).into(),
    }
}

fn convert_value(field: &Field, value: &Value) -> Result<Option<Value>, Problem> {
    match (value, field.kind) {
        (Value::String(text), FieldKind::Text) => check_text(field, text).map(Some),
        (Value::String(text), _) if text.trim().is_empty() => Ok(None),
        (Value::String(text), _) => convert_text(field, text.trim()).map(Some),
        (Value::Bool(_), FieldKind::Flag) => Ok(Some(value.clone())),
        (Value::Bool(yes), FieldKind::Feature) => {
            convert_text(field, if *yes { "true" } else { "false" }).map(Some)
        }
        // A number that stands for a text has one spelling only if it is whole: 1.10 was 1.1 once it was read.
        (Value::Number(number), FieldKind::Text) if number.is_f64() => {
            Err(Problem::new("a number where a text is expected")
                .value(&value.to_string())
                .allowed("a text in quotes"))
        }
        // `-5` and `1.5` would do as paths.
        (Value::Number(number), kind) if kind != FieldKind::Object || number.is_u64() => {
            convert_text(field, &number.to_string()).map(Some)
        }
        (Value::Array(entries), FieldKind::List) => {
            let entries: Result<Vec<Value>, Problem> =
                entries.iter().map(|entry| list_entry(field, entry)).collect();
            Ok(Some(Value::Array(entries?)))
        }
        _ => Err(Problem::new(format!("{} is expected", expected(field.kind)))
            .value(&value.to_string())
            .allowed(allowed(field))),
    }
}

fn list_entry(field: &Field, entry: &Value) -> Result<Value, Problem> {
    match entry {
        Value::String(text) => check_text(field, text.trim()),
        Value::Number(number) if !number.is_f64() => Ok(number.to_string().into()),
        _ => Err(Problem::new("an entry of the list is no text")
            .value(&entry.to_string())
            .allowed("texts")),
    }
}

fn convert_text(field: &Field, text: &str) -> Result<Value, Problem> {
    let wrong = |message: String| Err(Problem::new(message).value(text).allowed(allowed(field)));
    match field.kind {
        FieldKind::Text => check_text(field, text),
        FieldKind::Flag => match yes_or_no(text) {
            Some(flag) => Ok(flag.into()),
            None => wrong("neither yes nor no".into()),
        },
        FieldKind::Number => match text.parse::<u64>() {
            Ok(number) => Ok(number.into()),
            Err(_) => wrong("not a whole number".into()),
        },
        FieldKind::List => {
            let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
            entries.map(|entry| check_text(field, entry)).collect()
        }
        FieldKind::Date => match day(text) {
            Day::Real => Ok(text.into()),
            Day::Impossible => wrong("there is no such day".into()),
            Day::Unreadable => wrong("not a date".into()),
        },
        FieldKind::Visibility => match text.parse::<Visibility>() {
            Ok(visibility) => Ok(visibility.name().into()),
            Err(_) => wrong("not a visibility".into()),
        },
        FieldKind::AccessLevel => match text.parse::<AccessLevel>() {
            Ok(level) => Ok(level.number().into()),
            Err(_) => wrong("not an access level".into()),
        },
        FieldKind::Object => match object(text) {
            Some(object) => Ok(object),
            None => wrong("neither a number nor a full path".into()),
        },
        FieldKind::Choice | FieldKind::Feature => {
            let folded = fold(text);
            let chosen = field.choices.iter().find(|choice| fold(choice) == folded);
            let chosen = chosen.map(String::as_str).or_else(|| {
                let flag = (field.kind == FieldKind::Feature)
                    .then(|| yes_or_no(text))
                    .flatten()?;
                Some(if flag { "enabled" } else { "disabled" })
            });
            match chosen {
                Some(choice) => Ok(choice.into()),
                None => wrong("not one of the possible values".into()),
            }
        }
    }
}

fn check_text(field: &Field, text: &str) -> Result<Value, Problem> {
    // Neither GitLab nor PostgreSQL takes it.
    if text.contains('\0') {
        return Err(
            Problem::new("a text cannot hold the NUL character").value(&text.replace('\0', "\u{fffd}"))
        );
    }
    if field.min_length.is_none() && field.max_length.is_none() {
        return Ok(text.into());
    }
    let length = text.chars().count();
    if field.max_length.is_some_and(|most| length > most) {
        return Err(Problem::new(format!("too long: {length} characters"))
            .value(text)
            .allowed(allowed(field)));
    }
    if field.min_length.is_some_and(|least| length < least) {
        return Err(Problem::new(format!("too short: {length} characters"))
            .value(text)
            .allowed(allowed(field)));
    }
    Ok(text.into())
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

enum Day {
    Real,
    Impossible,
    Unreadable,
}

fn day(text: &str) -> Day {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        Day::Unreadable
    } else if Timestamp::parse(&format!("{text}T00:00:00Z")).is_ok() {
        Day::Real
    } else {
        Day::Impossible
    }
}

/// GitLab reads nothing but digits as a number, also where a path is possible (API facts §0.4).
fn object(text: &str) -> Option<Value> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<u64>().ok().filter(|id| *id > 0).map(Value::from);
    }
    // Older objects may have names that new ones may not have, so only the characters are looked at.
    let is_segment = |segment: &str| {
        !segment.is_empty()
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
            && !matches!(segment, "." | "..")
    };
    text.split('/').all(is_segment).then(|| text.into())
}

fn expected(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "a text",
        FieldKind::Flag => "yes or no",
        FieldKind::Number => "a number",
        FieldKind::List => "a list of texts",
        FieldKind::Date => "a date",
        FieldKind::Visibility => "a visibility",
        FieldKind::AccessLevel => "an access level",
        FieldKind::Object => "a number or a full path",
        FieldKind::Choice | FieldKind::Feature => "one of a few values",
    }
}

/// What would be accepted, for a person.
pub(crate) fn allowed(field: &Field) -> String {
    match field.kind {
        FieldKind::Text => match (field.min_length, field.max_length) {
            (Some(least), Some(most)) => format!("{least} to {most} characters"),
            (Some(least), None) => format!("at least {least} characters"),
            (None, Some(most)) => format!("at most {most} characters"),
            (None, None) => "a text".into(),
        },
        FieldKind::Flag => "true, false, yes, no, 1, 0".into(),
        FieldKind::Number => "a whole number, like 42".into(),
        FieldKind::List => "texts, separated by commas in a table".into(),
        FieldKind::Date => "a day as YYYY-MM-DD, like 2031-12-31".into(),
        FieldKind::Visibility => Visibility::ALLOWED.into(),
        FieldKind::AccessLevel => AccessLevel::ALLOWED.into(),
        FieldKind::Object => "GitLab's number or a full path like acme/platform".into(),
        FieldKind::Choice => field.choices.join(", "),
        FieldKind::Feature => format!("{}, or true, false", field.choices.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operations::registry;

    fn field(operation: &str, name: &str) -> Field {
        let registry = registry();
        let fields = registry.get(operation).unwrap().fields();
        fields.iter().find(|field| field.name == name).unwrap().clone()
    }

    fn cell(operation: &str, name: &str, text: &str) -> Result<Option<Value>, String> {
        convert(&field(operation, name), Cell::Text(text)).map_err(|problem| problem.message)
    }

    fn json(operation: &str, name: &str, value: &Value) -> Result<Option<Value>, String> {
        convert(&field(operation, name), Cell::Value(value)).map_err(|problem| problem.message)
    }

    #[test]
    fn a_day_has_to_be_in_the_calendar() {
        let day = |text| cell("add_member", "expires_at", text);
        assert_eq!(day("2026-02-30"), Err("there is no such day".into()));
        assert_eq!(day("2027-02-29"), Err("there is no such day".into()));
        assert_eq!(day("31/12/2031"), Err("not a date".into()));
        assert_eq!(day("2028-2-9"), Err("not a date".into()));
        assert_eq!(day("2028-02-29"), Ok(Some(json!("2028-02-29"))));
        assert_eq!(day("  "), Ok(None));
    }

    #[test]
    fn digits_are_a_number_and_anything_else_a_path() {
        let group = |text| cell("create_project", "group", text);
        assert_eq!(group("12"), Ok(Some(json!(12))));
        assert_eq!(group("acme/web-2.0"), Ok(Some(json!("acme/web-2.0"))));
        for wrong in [
            "0",
            "acme//web",
            "/acme",
            "acme/",
            "https://x.example/acme",
            "a b",
            "a/../b",
            "99999999999999999999",
        ] {
            assert_eq!(
                group(wrong),
                Err("neither a number nor a full path".into()),
                "{wrong}"
            );
        }
        assert_eq!(json("create_project", "group", &json!(12)), Ok(Some(json!(12))));
        assert_eq!(json("create_project", "group", &json!("12")), Ok(Some(json!(12))));
        for wrong in [json!({"id": 12}), json!(-5), json!(1.5), json!(true)] {
            assert_eq!(
                json("create_project", "group", &wrong),
                Err("a number or a full path is expected".into()),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_feature_is_a_level_or_yes_or_no() {
        let wiki = |text| cell("create_project", "wiki_access_level", text);
        assert_eq!(wiki("TRUE"), Ok(Some(json!("enabled"))));
        assert_eq!(wiki("0"), Ok(Some(json!("disabled"))));
        assert_eq!(wiki("Private"), Ok(Some(json!("private"))));
        assert_eq!(wiki("maybe"), Err("not one of the possible values".into()));
        assert_eq!(
            json("create_project", "wiki_access_level", &json!(false)),
            Ok(Some(json!("disabled")))
        );
    }

    #[test]
    fn levels_are_names_or_numbers() {
        for text in ["Developer", "30", " developer "] {
            assert_eq!(
                cell("add_member", "access_level", text),
                Ok(Some(json!(30))),
                "{text}"
            );
        }
        assert_eq!(
            json("add_member", "access_level", &json!(30)),
            Ok(Some(json!(30)))
        );
        assert_eq!(
            cell("add_member", "access_level", "35"),
            Err("not an access level".into())
        );
    }

    #[test]
    fn lists_are_separated_by_commas_in_a_cell_and_are_lists_in_json() {
        let topics = json!(["rust", "billing"]);
        assert_eq!(
            cell("create_project", "topics", " rust, ,billing"),
            Ok(Some(topics.clone()))
        );
        assert_eq!(
            json("create_project", "topics", &topics),
            Ok(Some(topics.clone()))
        );
        assert_eq!(
            json("create_project", "topics", &json!("rust,billing")),
            Ok(Some(topics))
        );
        assert_eq!(
            json("create_project", "topics", &json!(["rust", {}])),
            Err("an entry of the list is no text".into())
        );
    }

    #[test]
    fn numbers_in_json_are_no_texts_unless_they_have_one_spelling() {
        assert_eq!(
            json("create_group", "name", &json!(2048)),
            Ok(Some(json!("2048")))
        );
        assert_eq!(
            json("create_group", "name", &json!(1.1)),
            Err("a number where a text is expected".into())
        );
        assert_eq!(
            json("create_group", "name", &json!(true)),
            Err("a text is expected".into())
        );
        assert_eq!(
            json("create_group", "name", &json!("")),
            Err("too short: 0 characters".into())
        );
    }

    #[test]
    fn a_stand_in_is_a_value_of_its_field() {
        for operation in registry().iter() {
            for field in operation.fields() {
                let value = stand_in(field);
                assert_eq!(
                    convert(field, Cell::Value(&value)),
                    Ok(Some(value.clone())),
                    "{} {}",
                    operation.name(),
                    field.name
                );
            }
        }
    }
}
