//! One row to one validated item, or to everything that is wrong with it.

use std::sync::atomic::{AtomicUsize, Ordering};

use domain::{Problem, Source, Timestamp};
use serde_json::{Map, Value};

use super::columns::{Columns, Meaning, names, same_field};
use super::convert::{Cell, allowed, convert_each, stand_in};
use super::input::MAX_ROWS;
use crate::field::Field;
use crate::operation::{AnyOperation, Secret, ValidItem};

/// Stands for the column of a problem that concerns a field no column of the table gives. Sorts last.
pub(super) const NO_COLUMN: usize = usize::MAX;

/// What a row became.
pub(super) enum Outcome {
    /// One item, or several where the row names several of something (`x-several`).
    Valid(Vec<ValidItem>),
    /// Problems with the numbers of their columns. Empty when the row lacks only what has been reported
    /// of the whole table.
    Invalid(Vec<(usize, Problem)>),
    /// More items than the input may still have.
    TooMany,
}

/// Reads the rows of one table.
#[derive(Clone, Copy)]
pub(super) struct RowReader<'a> {
    pub(super) operation: &'a dyn AnyOperation,
    pub(super) columns: &'a Columns,
    /// Whether the rows are those of a file: then unknown columns and missing ones have been reported
    /// of the file as a whole.
    pub(super) in_file: bool,
    /// Whether a row has a cell for every column, up to where it ends.
    pub(super) is_tabular: bool,
    pub(super) today: Timestamp,
    /// How many items the rows of the input may still stand for.
    pub(super) room: &'a AtomicUsize,
}

impl RowReader<'_> {
    /// Reads the cells of a row: numbers of their columns with what they hold, in the order of the row.
    ///
    /// A field whose value could not be read is checked on with a value that breaks no rule, and what
    /// the operation then says about that field is dropped: so one mistake gives one problem, and all
    /// mistakes of a row are found at once.
    pub(super) fn read<'c>(
        self,
        cells: impl IntoIterator<Item = (usize, Cell<'c>)>,
        source: Source,
    ) -> Outcome {
        let mut row = Row::new(self.operation.fields(), self.columns, self.in_file);
        let mut end = 0;
        for (column, cell) in cells {
            end = column + 1;
            if !cell.is_absent() {
                row.add(column, cell);
            }
        }
        row.add_missing(self.is_tabular.then_some(end));
        let each = match row.each(self.room) {
            Ok(Some(each)) => each,
            Ok(None) => return Outcome::TooMany,
            Err(problem) => {
                row.problems.push((NO_COLUMN, problem));
                return Outcome::Invalid(row.problems);
            }
        };
        let mut items = Vec::with_capacity(each.len());
        let mut wrong: Vec<Problem> = Vec::new();
        for params in each {
            match self.operation.validate(params, source.clone(), self.today) {
                Ok(item) => items.push(item),
                // What is wrong with all of them is one mistake.
                Err(problems) => {
                    for problem in problems {
                        if !wrong.contains(&problem) {
                            wrong.push(problem);
                        }
                    }
                }
            }
        }
        if wrong.is_empty() && row.refused.is_empty() && row.problems.is_empty() {
            return Outcome::Valid(items);
        }
        row.add_checked(wrong);
        Outcome::Invalid(row.problems)
    }
}

/// A row while it is read.
struct Row<'a> {
    fields: &'a [Field],
    columns: &'a Columns,
    in_file: bool,
    params: Map<String, Value>,
    /// Per field, the column that gave it.
    given: Vec<Option<usize>>,
    /// Fields whose value is a stand-in.
    refused: Vec<usize>,
    /// Fields of which the row names several, with all their values.
    several: Vec<(usize, Vec<Value>)>,
    problems: Vec<(usize, Problem)>,
}

impl<'a> Row<'a> {
    fn new(fields: &'a [Field], columns: &'a Columns, in_file: bool) -> Self {
        Self {
            fields,
            columns,
            in_file,
            params: Map::new(),
            given: vec![None; fields.len()],
            refused: Vec::new(),
            several: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn add(&mut self, column: usize, cell: Cell<'_>) {
        match self.columns.meaning(column) {
            Meaning::LeftOut => {}
            Meaning::Field(number) => self.add_field(number, column, cell),
            Meaning::Unknown => self.refuse_unknown(column, cell),
        }
    }

    /// In a file, a text that nobody reads was worth a warning; a list of subgroups that nobody reads is
    /// a loss. A program that writes a body knows its fields. The value may be anything, also a secret,
    /// so it is not shown.
    fn refuse_unknown(&mut self, column: usize, cell: Cell<'_>) {
        let is_nested = matches!(cell, Cell::Value(Value::Array(_) | Value::Object(_)));
        let message = match (self.in_file, is_nested) {
            (true, false) => return,
            (true, true) => "an unknown field with a list or an object, which would be lost",
            (false, _) => "unknown field",
        };
        let meant = self.columns.meant(column, self.fields);
        let problem = Problem::new(format!("{message}{meant}")).allowed(names(self.fields));
        self.problems.push((column, problem));
    }

    fn add_field(&mut self, number: usize, column: usize, cell: Cell<'_>) {
        let field = &self.fields[number];
        if let Some(first) = self.given[number] {
            let first = self.columns.spelled(first).unwrap_or_default();
            self.problems.push((column, same_field(first, field)));
            return;
        }
        self.given[number] = Some(column);
        match convert_each(field, cell) {
            Ok(values) => match values.first() {
                None => self.given[number] = None,
                Some(first) => {
                    self.params.insert(field.name.clone(), first.clone());
                    if values.len() > 1 {
                        self.several.push((number, values));
                    }
                }
            },
            Err(mut problem) => {
                if field.secret {
                    problem.value = Some(Secret::SHOWN.to_owned());
                }
                self.problems.push((column, problem));
                self.stand_in_for(number);
            }
        }
    }

    fn stand_in_for(&mut self, number: usize) {
        let field = &self.fields[number];
        self.params.insert(field.name.clone(), stand_in(field));
        self.refused.push(number);
    }

    /// The parameters of each item that the row stands for: one, or every combination of what it names several of.
    /// A thousand users times a thousand groups fit into a short row, so that they are counted before they are made;
    /// `None` where there is no more room.
    fn each(&mut self, room: &AtomicUsize) -> Result<Option<Vec<Map<String, Value>>>, Problem> {
        let items = self
            .several
            .iter()
            .try_fold(1_usize, |items, (_, values)| items.checked_mul(values.len()))
            .filter(|items| *items <= MAX_ROWS as usize)
            .ok_or_else(|| {
                Problem::new("the row stands for too many items")
                    .allowed(format!("{MAX_ROWS} items in a job"))
            })?;
        let take = |room: usize| room.checked_sub(items);
        if room
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_err()
        {
            return Ok(None);
        }
        let mut each = Vec::with_capacity(items);
        each.push(std::mem::take(&mut self.params));
        for (number, values) in &self.several {
            let name = &self.fields[*number].name;
            let combined = each.iter().flat_map(|params| {
                values.iter().map(move |value| {
                    let mut params = params.clone();
                    params.insert(name.clone(), value.clone());
                    params
                })
            });
            each = combined.collect();
        }
        Ok(Some(each))
    }

    /// Adds what the row has to have and has not. A row that ends too early is one mistake, however
    /// many fields it lacks.
    fn add_missing(&mut self, end: Option<usize>) {
        let mut ended_early = false;
        for number in 0..self.fields.len() {
            let field = &self.fields[number];
            if !field.required || self.params.contains_key(&field.name) {
                continue;
            }
            let column = self.columns.of_field(number);
            let is_cut = column.zip(end).is_some_and(|(column, end)| column >= end);
            if (column.is_some() || !self.in_file) && !(is_cut && ended_early) {
                let message = if is_cut {
                    "the row ends before this column"
                } else {
                    "a value is missing"
                };
                let problem = Problem::new(message).column(&field.name).allowed(allowed(field));
                self.problems.push((column.unwrap_or(NO_COLUMN), problem));
            }
            ended_early |= is_cut;
            self.stand_in_for(number);
        }
    }

    /// Adds what the operation said of the row.
    fn add_checked(&mut self, problems: Vec<Problem>) {
        for problem in problems {
            let Some(name) = problem.column.as_deref() else {
                // The row as a whole was refused; worth telling only when nothing better is known.
                if self.problems.is_empty() && self.refused.is_empty() {
                    self.problems.push((NO_COLUMN, problem));
                }
                continue;
            };
            let number = self.fields.iter().position(|field| field.name == name);
            if number.is_some_and(|number| self.refused.contains(&number)) {
                continue;
            }
            let column = number.and_then(|number| self.given[number].or(self.columns.of_field(number)));
            self.problems.push((column.unwrap_or(NO_COLUMN), problem));
        }
    }
}
