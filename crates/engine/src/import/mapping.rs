//! Column names as a person maps them: stronger than names and aliases.

use std::cell::Cell;
use std::collections::BTreeMap;

use domain::Problem;

use super::columns::MOST_COLUMNS;
use crate::field::fold;
use crate::operation::Registry;

/// What a mapping says of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mapped<'m> {
    /// It stands for this field.
    To(&'m str),
    /// It is to be left out.
    LeftOut,
}

pub(super) struct Mapping<'m> {
    entries: Vec<Entry<'m>>,
}

struct Entry<'m> {
    column: &'m str,
    folded: String,
    mapped: Mapped<'m>,
    met: Cell<bool>,
}

impl<'m> Mapping<'m> {
    pub(super) fn empty() -> Self {
        Self { entries: Vec::new() }
    }

    /// Reads pairs of column and field. An empty field leaves the column out. A pair that makes sense
    /// only the other way round (field, then column) is read that way.
    ///
    /// # Errors
    /// A pair names no field of any operation.
    pub(super) fn read(
        pairs: &'m BTreeMap<String, String>,
        registry: &Registry,
    ) -> Result<Self, Vec<Problem>> {
        if pairs.len() > MOST_COLUMNS {
            let problem = Problem::new(format!("the mapping is of {} columns", pairs.len()));
            return Err(vec![problem.allowed(format!("at most {MOST_COLUMNS}"))]);
        }
        let is_field = |name: &str| registry.field_names().contains(&fold(name));
        let mut entries = Vec::new();
        let mut problems = Vec::new();
        for (left, right) in pairs {
            let (column, mapped) = if right.trim().is_empty() {
                (left, Mapped::LeftOut)
            } else if is_field(right) {
                (left, Mapped::To(right))
            } else if is_field(left) {
                (right, Mapped::To(left))
            } else {
                problems.push(
                    Problem::new(format!("the mapping of column `{left}` names no field"))
                        .value(right)
                        .allowed("the name of a field, or nothing to leave the column out"),
                );
                continue;
            };
            entries.push(Entry {
                column,
                folded: fold(column),
                mapped,
                met: Cell::new(false),
            });
        }
        if problems.is_empty() {
            Ok(Self { entries })
        } else {
            Err(problems)
        }
    }

    /// What is said of the column with this name.
    pub(super) fn of(&self, column: &str) -> Option<Mapped<'m>> {
        if self.entries.is_empty() {
            return None;
        }
        let folded = fold(column);
        let entry = self.entries.iter().find(|entry| entry.folded == folded)?;
        entry.met.set(true);
        Some(entry.mapped)
    }

    /// The columns that were mapped and never met.
    pub(super) fn unmet(&self) -> impl Iterator<Item = &'m str> {
        self.entries
            .iter()
            .filter(|entry| !entry.met.get())
            .map(|entry| entry.column)
    }
}
