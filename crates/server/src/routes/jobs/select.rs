use domain::{Problem, Problems, Timestamp};
use engine::operation::Registry;
use engine::selection::Selection;
use serde_json::{Map, Value};

use super::make::missing;

/// Reads `{"selector": …, "parameters": {…}}`: one operation on what a selector names.
///
/// # Errors
/// Everything that is wrong, by the fields `type`, `data.selector` and `data.parameters.NAME`.
pub(super) fn read(
    registry: &Registry,
    kind: &str,
    data: &Value,
    now: Timestamp,
) -> Result<Selection, Problems> {
    let none = Map::new();
    let mut problems = Vec::new();
    for name in data.as_object().into_iter().flat_map(Map::keys) {
        if !matches!(name.as_str(), "selector" | "parameters") {
            let problem = Problem::new("this does not go with a selector").allowed("selector, parameters");
            problems.push(of_data(name, problem));
        }
    }
    let parameters = match &data["parameters"] {
        Value::Null => &none,
        Value::Object(parameters) => parameters,
        _ => {
            let problem = Problem::new("parameters have to be an object").allowed("an object");
            problems.push(of_data("parameters", problem));
            &none
        }
    };
    let Value::String(selector) = &data["selector"] else {
        problems.push(missing(
            "data.selector",
            "a text such as `group:acme/** archived=false`",
        ));
        return Err(Problems(problems));
    };
    match Selection::read(registry, kind, selector, parameters, now) {
        Ok(selection) if problems.is_empty() => Ok(selection),
        Ok(_) => Err(Problems(problems)),
        Err(more) => {
            problems.extend(more.0.into_iter().map(|problem| match problem.field.clone() {
                Some(name) if name != "type" => of_data(&name, problem),
                _ => problem,
            }));
            Err(Problems(problems))
        }
    }
}

fn of_data(name: &str, problem: Problem) -> Problem {
    Problem {
        field: Some(format!("data.{name}")),
        ..problem
    }
}
