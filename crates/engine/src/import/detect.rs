//! Telling what a list holds: as said, else by its columns.

use std::sync::Arc;

use domain::Problem;

use super::columns::{EMAIL, USER_ID, USERNAME};
use super::mapping::{Mapped, Mapping};
use crate::field::fold;
use crate::operation::{AnyOperation, Registry, job_type};

type Operation = Arc<dyn AnyOperation>;

const GROUPS: &str = "create_group";
const PROJECTS: &str = "create_project";
const MEMBERS: &str = "add_member";
const VARIABLES: &str = "set_variable";

/// The operation that a person means by `groups`, `create_group` or `bulk_create_groups`.
pub(crate) fn named<'r>(registry: &'r Registry, kind: &str) -> Option<&'r Operation> {
    let folded = fold(kind);
    of_list(registry, &folded).or_else(|| {
        registry
            .iter()
            .find(|operation| fold(operation.name()) == folded || fold(&job_type(operation.name())) == folded)
    })
}

/// The operation whose items a list of this name holds, when nothing else is said: the one that makes them.
pub(super) fn of_list<'r>(registry: &'r Registry, list: &str) -> Option<&'r Operation> {
    let folded = fold(list);
    [GROUPS, PROJECTS, MEMBERS, VARIABLES]
        .into_iter()
        .filter_map(|name| registry.get(name))
        .find(|operation| operation.items() == folded)
}

/// The names that a kind can be given by, for messages.
pub(super) fn kinds(registry: &Registry) -> String {
    let lists = [GROUPS, PROJECTS, MEMBERS, VARIABLES].into_iter();
    let names = lists.filter_map(|name| Some(registry.get(name)?.items()));
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.join(", ")
}

/// The operation that the columns speak of.
///
/// # Errors
/// They speak of none, or of groups and projects both: the problem says how to tell.
pub(super) fn by_columns<'r, 'n>(
    registry: &'r Registry,
    names: impl Iterator<Item = &'n str>,
    mapping: &Mapping<'_>,
) -> Result<&'r Operation, Problem> {
    let names: Vec<String> = names
        .filter_map(|name| match mapping.of(name) {
            Some(Mapped::LeftOut) => None,
            Some(Mapped::To(field)) => Some(fold(field)),
            None => Some(fold(name)),
        })
        .collect();
    let has = |operation: &str, field: &str| {
        registry
            .get(operation)
            .and_then(|operation| operation.fields().iter().find(|known| known.name == field))
            .is_some_and(|field| names.iter().any(|name| field.answers_to(name)))
    };
    let who = has(MEMBERS, USERNAME) || has(MEMBERS, USER_ID) || has(MEMBERS, EMAIL);
    let what = has(GROUPS, "name") || has(GROUPS, "path");
    let found = if who && (has(MEMBERS, "access_level") || !what) {
        Some(MEMBERS)
    } else if has(VARIABLES, "key") && !what && !has(GROUPS, "parent") {
        Some(VARIABLES)
    } else {
        match (has(GROUPS, "parent"), has(PROJECTS, "group")) {
            (true, false) => Some(GROUPS),
            (false, true) => Some(PROJECTS),
            (true, true) => {
                return Err(undecided(
                    registry,
                    "the columns speak of groups (`parent`) and of projects (`group`)",
                ));
            }
            (false, false) => None,
        }
    };
    found.and_then(|name| registry.get(name)).ok_or_else(|| {
        undecided(
            registry,
            "the columns do not say whether this is groups, projects, members or variables",
        )
    })
}

fn undecided(registry: &Registry, why: &str) -> Problem {
    Problem::new(why).allowed(format!(
        "a column `parent` for groups, `group` for projects, `username` and `access_level` for members, \
         `key` and `value` for variables; or give the type ({})",
        kinds(registry)
    ))
}
