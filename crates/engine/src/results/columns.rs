//! The columns of a table of results: those of the input, as they were written.

use std::collections::HashMap;

use super::{ERROR_COLUMN, Row};
use crate::Engine;
use crate::field::fold;
use crate::inputs::{InputColumn, InputTable, Inputs};

/// Columns in their order, and where each table's and each parameter's own ones are among them.
#[derive(Debug, Default)]
pub(super) struct Columns {
    names: Vec<String>,
    /// Per table that has rows, in the order of its own columns.
    by_table: HashMap<usize, Vec<usize>>,
    by_param: HashMap<String, usize>,
}

/// The columns of a table without one that an earlier file of this kind has added.
pub(super) fn own_columns(table: &InputTable) -> impl Iterator<Item = (usize, &InputColumn)> {
    let is_ours = |column: &InputColumn| column.field.is_none() && fold(&column.name) == ERROR_COLUMN;
    let columns = table.columns.iter().enumerate();
    columns.filter(move |(_, column)| !is_ours(column))
}

impl Columns {
    /// The columns of a table. Those of several tables that are called the same are one, the first with the first,
    /// the second with the second.
    pub(super) fn add_table(&mut self, number: usize, table: &InputTable) {
        if self.by_table.contains_key(&number) {
            return;
        }
        let mut places = Vec::with_capacity(table.columns.len());
        for (_, column) in own_columns(table) {
            let same = self
                .names
                .iter()
                .enumerate()
                .filter(|(_, name)| **name == column.name);
            let free = same.map(|(place, _)| place).find(|place| !places.contains(place));
            places.push(free.unwrap_or_else(|| {
                self.names.push(column.name.clone());
                self.names.len() - 1
            }));
        }
        self.by_table.insert(number, places);
    }

    /// The parameters of an item that was not read from a table, each where its operation declares it, relative to
    /// those that are there.
    pub(super) fn add_params(&mut self, row: &Row, engine: &Engine) {
        if row.params.keys().all(|name| self.by_param.contains_key(name)) {
            return;
        }
        let operation = engine.registry().get(&row.item.operation);
        let fields = operation.map(|operation| operation.fields()).unwrap_or_default();
        let order: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        for name in row.params.keys() {
            if !self.by_param.contains_key(name) {
                self.insert(name, &order);
            }
        }
    }

    fn insert(&mut self, name: &str, order: &[&str]) {
        let declared = |name: &str| order.iter().position(|field| *field == name);
        let own = declared(name);
        let later = self.by_param.iter().filter(|(other, _)| {
            let other = declared(other);
            matches!((own, other), (Some(own), Some(other)) if other > own)
        });
        let place = later.map(|(_, place)| *place).min().unwrap_or(self.names.len());
        let moved = self
            .by_param
            .values_mut()
            .chain(self.by_table.values_mut().flatten());
        for other in moved.filter(|other| **other >= place) {
            *other += 1;
        }
        self.names.insert(place, name.to_owned());
        self.by_param.insert(name.to_owned(), place);
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    /// Where the columns of this table are.
    pub(super) fn of_table(&self, number: usize) -> impl Iterator<Item = usize> {
        self.by_table.get(&number).into_iter().flatten().copied()
    }

    /// Where this parameter is.
    pub(super) fn of_param(&self, name: &str) -> Option<usize> {
        self.by_param.get(name).copied()
    }

    /// The names of the tables, when some have columns that others do not have.
    pub(super) fn mixed<'i>(&self, inputs: &'i Inputs) -> Vec<&'i str> {
        if self
            .by_table
            .values()
            .all(|places| places.len() == self.names.len())
        {
            return Vec::new();
        }
        let mut numbers: Vec<usize> = self.by_table.keys().copied().collect();
        numbers.sort_unstable();
        let tables = numbers.into_iter().filter_map(|number| inputs.0.get(number));
        tables.map(|table| table.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, columns: &[&str]) -> InputTable {
        InputTable {
            name: name.to_owned(),
            columns: columns.iter().map(|name| InputColumn::new(name, None)).collect(),
        }
    }

    #[test]
    fn parameters_stand_as_their_operation_declares_them() {
        let order = ["name", "path", "group", "topics"];
        let mut columns = Columns::default();
        for name in ["topics", "path", "name", "colour"] {
            columns.insert(name, &order);
        }
        assert_eq!(
            columns.names().collect::<Vec<_>>(),
            ["name", "path", "topics", "colour"]
        );
        assert_eq!(columns.of_param("topics"), Some(2));
    }

    #[test]
    fn columns_of_one_name_are_one_and_the_error_of_last_time_is_none() {
        let mut columns = Columns::default();
        let inputs = Inputs(vec![
            table("a.csv", &["note", "Path", "note", "Error"]),
            table("b.csv", &["Path", "note", "Size"]),
        ]);
        columns.add_table(0, &inputs.0[0]);
        assert_eq!(columns.mixed(&inputs), [""; 0]);
        columns.add_table(1, &inputs.0[1]);
        assert_eq!(
            columns.names().collect::<Vec<_>>(),
            ["note", "Path", "note", "Size"]
        );
        assert_eq!(columns.of_table(1).collect::<Vec<_>>(), [1, 0, 3]);
        assert_eq!(columns.mixed(&inputs), ["a.csv", "b.csv"]);
    }
}
