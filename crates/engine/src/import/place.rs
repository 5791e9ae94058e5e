use std::sync::Arc;

use domain::{Problem, Source};

/// Where a list of rows is: a file, a list in a file, or a list in a body.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// Name of the file; `None` for a body.
    pub(super) file: Option<Arc<str>>,
    /// The key of the list, as it is spelled; `None` when the whole file is the list.
    pub(super) list: Option<Arc<str>>,
}

impl Place {
    /// The problem as one of this place, of a row (from 1) and a column of it, as far as there is one.
    pub(super) fn of(&self, row: Option<u32>, column: Option<&str>, mut problem: Problem) -> Problem {
        problem.file = self.file.as_deref().map(str::to_owned);
        problem.column = None;
        if self.file.is_some() {
            problem.row = row;
            problem.column = column.map(str::to_owned);
        }
        problem.field = match (self.path(row), column) {
            (Some(path), Some(column)) => Some(format!("{path}.{column}")),
            (Some(path), None) => Some(path),
            (None, _) if self.file.is_some() => None,
            (None, column) => column.map(str::to_owned),
        };
        problem
    }

    /// What people call the list: the file, the list, or both.
    pub(super) fn name(&self) -> String {
        let parts = [self.file.as_deref(), self.list.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    pub(super) fn source(&self, row: u32) -> Source {
        Source {
            file: self.file.clone(),
            row: self.file.is_some().then_some(row),
            path: self.path(Some(row)),
        }
    }

    /// How another row of the same input is called in the messages about a row of `from`.
    pub(super) fn name_row(&self, row: u32, from: &Self) -> String {
        let of_file = match &self.file {
            Some(file) if from.file.as_ref() != Some(file) => format!(" of {file}"),
            _ => String::new(),
        };
        match self.path(Some(row)) {
            Some(path) => format!("{path}{of_file}"),
            None => format!("row {row}{of_file}"),
        }
    }

    /// `groups[2]`: counted from 0, as everywhere in JSON.
    fn path(&self, row: Option<u32>) -> Option<String> {
        let list = self.list.as_ref()?;
        Some(match row {
            Some(row) => format!("{list}[{}]", row.saturating_sub(1)),
            None => list.to_string(),
        })
    }
}
