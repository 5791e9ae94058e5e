//! One operation on everything that a selector names.
//!
//! What can be wrong without asking GitLab is found when the job is made ([`Selection::read`]): the selector, the
//! parameters, and whether the operation acts on what the selector can select. What is selected is found out while
//! the job is planned (`items`), and is then what the job is about, whatever GitLab has later.

mod items;

use domain::{Problem, Problems, Timestamp};
use serde_json::{Map, Value, json};

pub(crate) use items::items;

use crate::expand::Request;
use crate::field::{Field, FieldKind};
use crate::import::{named, read_body};
use crate::operation::{AnyOperation, ObjectKind, Registry, job_type};
use crate::selector::{Kinds, Selector};

/// A job that is to be made of a selection.
#[derive(Clone, Debug)]
pub struct Selection {
    /// `bulk_archive_projects` …
    pub job_type: String,
    /// The selector as it was understood.
    pub selector: Selector,
    /// What the job is made of; the parameters have their types.
    pub request: Request,
}

impl Selection {
    /// Reads a selection as a form gives it. `operation` may be `archive_project` or `bulk_archive_projects`;
    /// parameters may be texts, as in a file, under GitLab's names or their aliases.
    ///
    /// # Errors
    /// Everything that is wrong, by the fields `type`, `selector` and `parameters.NAME`.
    pub fn read(
        registry: &Registry,
        operation: &str,
        selector: &str,
        parameters: &Map<String, Value>,
        today: Timestamp,
    ) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let operation = acting(registry, operation)
            .map_err(|problem| problems.push(problem))
            .ok();
        let selector_read = Selector::parse(selector)
            .map_err(|mistakes| problems.extend(mistakes.problems("selector")))
            .ok();
        let kinds = match (operation, &selector_read) {
            (Some((operation, kinds)), Some(selector)) => {
                let kinds_of_both = both(kinds, selector.kinds());
                if kinds_of_both.is_none() {
                    problems.push(selects_others(operation, kinds, selector));
                }
                kinds_of_both
            }
            _ => None,
        };
        let typed = operation.and_then(|(operation, acts_on)| {
            typed(registry, operation, kinds.unwrap_or(acts_on), parameters, today)
                .map_err(|more| problems.extend(more))
                .ok()
        });
        match (operation, selector_read, typed) {
            (Some((operation, _)), Some(read), Some(parameters)) if problems.is_empty() => Ok(Self {
                job_type: job_type(operation.name()),
                selector: read,
                request: Request::Selection {
                    operation: operation.name().to_owned(),
                    selector: selector.to_owned(),
                    parameters,
                },
            }),
            _ => Err(Problems(problems)),
        }
    }
}

/// What an operation can be done to: the kinds for which it has a field `group` or `project`. Where it cannot do
/// without the one, the other is something else, as the group that a project is moved to.
pub(crate) fn acts_on(operation: &dyn AnyOperation) -> Option<Kinds> {
    let field = |kind: ObjectKind| operation.fields().iter().find(|field| is_target(field, kind));
    match (field(ObjectKind::Group), field(ObjectKind::Project)) {
        (None, None) => None,
        (Some(_), None) => Some(Kinds::Groups),
        (None, Some(_)) => Some(Kinds::Projects),
        (Some(_), Some(project)) if project.required => Some(Kinds::Projects),
        (Some(group), Some(_)) if group.required => Some(Kinds::Groups),
        (Some(_), Some(_)) => Some(Kinds::Both),
    }
}

fn is_target(field: &Field, kind: ObjectKind) -> bool {
    field.kind == FieldKind::Object && field.name == kind.name()
}

/// The operation of this name, and what it can be done to.
fn acting<'r>(registry: &'r Registry, name: &str) -> Result<(&'r dyn AnyOperation, Kinds), Problem> {
    let of_type = |problem: Problem| Problem {
        field: Some("type".to_owned()),
        ..problem.value(name).allowed(all_acting(registry))
    };
    let operation =
        named(registry, name).ok_or_else(|| of_type(Problem::new("there is no such operation")))?;
    let kinds = acts_on(operation.as_ref()).ok_or_else(|| {
        of_type(Problem::new(format!(
            "{} acts on no group or project that is there, so that none can be selected for it",
            operation.name()
        )))
    })?;
    Ok((operation.as_ref(), kinds))
}

fn all_acting(registry: &Registry) -> String {
    let names: Vec<&str> = registry
        .iter()
        .filter(|operation| acts_on(operation.as_ref()).is_some())
        .map(|operation| operation.name())
        .collect();
    names.join(", ")
}

fn both(acts_on: Kinds, selects: Option<Kinds>) -> Option<Kinds> {
    match (acts_on, selects?) {
        (Kinds::Both, other) | (other, Kinds::Both) => Some(other),
        (one, other) => (one == other).then_some(one),
    }
}

fn selects_others(operation: &dyn AnyOperation, acts_on: Kinds, selector: &Selector) -> Problem {
    let message = match selector.kinds() {
        Some(kinds) => format!(
            "this can select {} only, and {} acts on {}",
            kinds.name(),
            operation.name(),
            acts_on.name()
        ),
        None => "this can select nothing: no group and no project is all of it".to_owned(),
    };
    Problem {
        field: Some("selector".to_owned()),
        ..Problem::new(message)
            .value(&selector.to_string())
            .allowed(format!("a selector of {}", acts_on.name()))
    }
}

/// Checks the parameters as they will be with a target, and gives them their types.
fn typed(
    registry: &Registry,
    operation: &dyn AnyOperation,
    kinds: Kinds,
    parameters: &Map<String, Value>,
    today: Timestamp,
) -> Result<Map<String, Value>, Vec<Problem>> {
    let mut problems: Vec<Problem> = Vec::new();
    for kind in of(kinds) {
        let is_named = |name: &str| {
            let mut fields = operation.fields().iter();
            fields.any(|field| is_target(field, kind) && field.answers_to(&crate::field::fold(name)))
        };
        for name in parameters.keys().filter(|name| is_named(name)) {
            problems.push(Problem {
                field: Some(format!("parameters.{name}")),
                ..Problem::new(format!(
                    "the selector says which {}; leave it out here",
                    kind.name()
                ))
            });
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut typed = Map::new();
    for kind in of(kinds) {
        let mut item = parameters.clone();
        item.insert(kind.name().to_owned(), json!(STAND_IN));
        let read = read_body(registry, operation.name(), &json!({ "items": [item] }), today);
        let item = read.map_err(|problems| of_parameters(problems.0, kind))?;
        typed = item
            .items
            .first()
            .and_then(|item| serde_json::from_str(item.params.get()).ok())
            .unwrap_or_default();
        typed.remove(kind.name());
    }
    Ok(typed)
}

/// Stands for what is not selected yet.
const STAND_IN: &str = "selected-group/selected-object";

fn of(kinds: Kinds) -> impl Iterator<Item = ObjectKind> {
    [ObjectKind::Group, ObjectKind::Project]
        .into_iter()
        .filter(move |kind| kinds.include(*kind))
}

/// `items[0].visibility` is `parameters.visibility` here.
fn of_parameters(problems: Vec<Problem>, kind: ObjectKind) -> Vec<Problem> {
    problems
        .into_iter()
        .map(|problem| {
            let field = problem.field.as_deref().unwrap_or_default();
            let name = field.strip_prefix("items[0]").unwrap_or(field);
            let name = name.strip_prefix('.').unwrap_or(name);
            // A rule about the target itself speaks of the stand-in.
            let field = if name.is_empty() || name == kind.name() {
                "parameters".to_owned()
            } else {
                format!("parameters.{name}")
            };
            Problem {
                field: Some(field),
                ..problem
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::ObjectRef;
    use crate::operations;

    const SELECTED: &str = "acme/selected";

    /// An item with the examples of its fields, as far as `wanted` takes them, and with a target.
    fn item(operation: &dyn AnyOperation, kind: ObjectKind, wanted: fn(&Field) -> bool) -> Value {
        let other = match kind {
            ObjectKind::Group => ObjectKind::Project,
            ObjectKind::Project => ObjectKind::Group,
        };
        let fields = operation.fields().iter();
        let mut item: Map<String, Value> = fields
            .filter(|field| wanted(field) && !is_target(field, kind) && !is_target(field, other))
            .filter_map(|field| Some((field.name.clone(), Value::String(field.example.clone()?))))
            .collect();
        item.insert(kind.name().to_owned(), SELECTED.into());
        Value::Object(item)
    }

    #[test]
    fn what_is_selected_is_what_an_operation_is_about() {
        let registry = operations::registry();
        let today = Timestamp::default();
        let mut looked_at = 0;
        for operation in registry.iter() {
            let Some(kinds) = acts_on(operation.as_ref()) else {
                continue;
            };
            for kind in of(kinds) {
                let wishes: [fn(&Field) -> bool; 2] = [|field| field.required, |_| true];
                for wanted in wishes {
                    let items = json!({ "items": [item(operation.as_ref(), kind, wanted)] });
                    let Ok(read) = read_body(&registry, operation.name(), &items, today) else {
                        continue;
                    };
                    let selected = ObjectRef::Path(SELECTED.to_owned());
                    let needs = &read.items[0].needs;
                    assert!(
                        needs
                            .iter()
                            .any(|need| need.kind == kind && need.object == selected),
                        "{} is about something else than the {} that is selected",
                        operation.name(),
                        kind.name()
                    );
                    looked_at += 1;
                }
            }
        }
        assert!(looked_at >= 3);
    }
}
