use domain::{JobOptions, Problem};
use serde_json::{Map, Value};

use crate::request::read_fields;

/// Reads `options`, stronger than `base`; everything that is wrong with any of them becomes a problem of its field.
///
/// Forms have no types: `"true"` and `"5"` stand for what they look like.
pub(super) fn read(given: Option<Value>, base: JobOptions, problems: &mut Vec<Problem>) -> JobOptions {
    let given = match given {
        None | Some(Value::Null) => return base,
        Some(Value::Object(given)) => given,
        Some(_) => {
            problems.push(of_field("options", "options has to be an object", "an object"));
            return base;
        }
    };
    let base = match serde_json::to_value(&base) {
        Ok(Value::Object(base)) => base,
        _ => Map::new(),
    };
    let options = read_fields(given, base, "options.", problems);
    problems.extend(engine::option_problems(&options));
    options
}

/// Reads `start`: whether the job starts by itself once it is planned; it does unless told otherwise.
pub(super) fn start(given: Option<Value>, problems: &mut Vec<Problem>) -> bool {
    match given {
        None | Some(Value::Null) => true,
        Some(Value::Bool(start)) => start,
        Some(Value::String(text)) if text == "true" => true,
        Some(Value::String(text)) if text == "false" => false,
        Some(_) => {
            problems.push(of_field("start", "start has to be true or false", "true, false"));
            true
        }
    }
}

fn of_field(field: &str, message: &str, allowed: &str) -> Problem {
    Problem {
        field: Some(field.to_owned()),
        ..Problem::new(message).allowed(allowed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn options_of_forms_are_typed_and_each_mistake_names_its_field() {
        let mut problems = Vec::new();
        let given = json!({ "dryRun": "true", "maxFailures": "5", "concurrency": -1, "canary": "0", "colour": "red",
            "confirm": "5" });
        let options = read(Some(given), JobOptions::default(), &mut problems);
        assert_eq!(
            (options.dry_run, options.max_failures, options.confirm.as_deref()),
            (true, Some(5), Some("5"))
        );
        let mut fields: Vec<_> = problems
            .iter()
            .filter_map(|problem| problem.field.as_deref())
            .collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            ["options.canary", "options.colour", "options.concurrency"]
        );
    }

    #[test]
    fn a_job_starts_by_itself_unless_told_otherwise() {
        let mut problems = Vec::new();
        assert!(start(None, &mut problems));
        assert!(!start(Some(json!("false")), &mut problems));
        assert!(problems.is_empty());
        start(Some(json!("later")), &mut problems);
        assert_eq!(problems.len(), 1);
    }
}
