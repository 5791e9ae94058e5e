//! Gathering: what all lists of an input give, and what is wrong with them, in the order of the input.

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;

use ::csv::StringRecord;
use domain::{Problem, Problems, Timestamp};
use rayon::prelude::*;

use super::Imported;
use super::check::clashes;
use super::columns::Columns;
use super::convert::Cell;
use super::formula::unescape;
use super::input::MAX_ROWS;
use super::place::Place;
use super::row::{NO_COLUMN, Outcome, RowReader};
use crate::inputs::{InputRow, InputTable, Inputs};
use crate::operation::{AnyOperation, ValidItem, job_type};

/// As many problems of rows are listed: more than anybody reads, and what one answer can weigh.
const MOST_PROBLEMS: usize = 100_000;

/// Rows that a core reads at a time at least: for fewer it is not worth waking another.
const A_FEW: usize = 32;

/// A list of rows of one kind, or a file of which nothing could be read.
struct Table<'r> {
    place: Place,
    operation: Option<&'r dyn AnyOperation>,
    columns: Columns,
    is_tabular: bool,
    rows: u32,
    /// The table as it is kept with the job.
    kept: InputTable,
}

impl Table<'_> {
    /// Gives the items of a row what has to be kept of it.
    fn keep<'c>(
        &self,
        number: usize,
        cells: impl Iterator<Item = (usize, Cell<'c>)>,
        items: &mut [ValidItem],
    ) {
        let fields = self.operation.map(AnyOperation::fields).unwrap_or_default();
        let mut texts = vec![String::new(); self.kept.columns.len()];
        for (column, cell) in cells {
            if let Some(text) = texts.get_mut(column) {
                *text = cell.written();
            }
        }
        let several = items.len() > 1;
        let params = items
            .first()
            .and_then(|item| serde_json::from_str(item.params.get()).ok());
        let row = InputRow::of(
            number,
            &self.kept,
            fields,
            texts,
            &params.unwrap_or_default(),
            several,
        );
        let stored = row.store();
        for item in items {
            item.input.clone_from(&stored);
        }
    }
}

/// Where something was found. Compares by its place in the input; row 0 is the table itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    table: usize,
    row: u32,
    column: usize,
}

pub(super) struct Intake<'r> {
    today: Timestamp,
    tables: Vec<Table<'r>>,
    items: Vec<ValidItem>,
    /// Table and row of each item.
    origins: Vec<(usize, u32)>,
    problems: Vec<(Spot, Problem)>,
    warnings: Vec<(Spot, Problem)>,
    /// More was wrong than is listed.
    is_cut_short: bool,
    rows: u32,
    /// How many items the rows may still stand for.
    room: AtomicUsize,
    /// They stood for more.
    is_full: bool,
}

impl<'r> Intake<'r> {
    pub(super) fn new(today: Timestamp) -> Self {
        Self {
            today,
            tables: Vec::new(),
            items: Vec::new(),
            origins: Vec::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
            is_cut_short: false,
            rows: 0,
            room: AtomicUsize::new(MAX_ROWS as usize),
            is_full: false,
        }
    }

    /// Reports a problem of a file, or of a body, as a whole.
    pub(super) fn refuse(&mut self, place: Place, problem: Problem) {
        let table = self.tables.len();
        self.tables.push(Table {
            kept: InputTable {
                name: place.name(),
                columns: Vec::new(),
            },
            place,
            operation: None,
            columns: Columns::default(),
            is_tabular: false,
            rows: 0,
        });
        self.find(
            Spot {
                table,
                row: 0,
                column: 0,
            },
            problem,
        );
    }

    /// Begins a list of rows for `operation`. What is wrong with the columns of a file is reported.
    ///
    /// The columns of a table of text are its header, where each field has one column at most. The keys
    /// of a list of objects are those that occur in it.
    pub(super) fn begin(
        &mut self,
        place: Place,
        operation: &'r dyn AnyOperation,
        mut columns: Columns,
        is_tabular: bool,
    ) {
        let table = self.tables.len();
        let fields = operation.fields();
        let is_file = place.file.is_some();
        let unknown = if is_file {
            columns.unknown(fields)
        } else {
            Vec::new()
        };
        let repeated = if is_tabular {
            columns.refuse_repeated(fields)
        } else {
            Vec::new()
        };
        let missing = if is_file {
            columns.missing(fields)
        } else {
            Vec::new()
        };
        self.tables.push(Table {
            kept: InputTable {
                name: place.name(),
                columns: columns.keep(fields),
            },
            place,
            operation: Some(operation),
            is_tabular,
            columns,
            rows: 0,
        });
        for (column, problem) in unknown {
            self.warnings.push((
                Spot {
                    table,
                    row: 0,
                    column,
                },
                problem,
            ));
        }
        for (column, problem) in repeated {
            self.find(
                Spot {
                    table,
                    row: 0,
                    column,
                },
                problem,
            );
        }
        for problem in missing {
            self.find(
                Spot {
                    table,
                    row: 0,
                    column: NO_COLUMN,
                },
                problem,
            );
        }
    }

    /// Begins a table each of whose rows says what it is about ([`Intake::take_as`]).
    pub(super) fn begin_mixed(&mut self, place: Place, columns: Columns) {
        self.tables.push(Table {
            kept: InputTable {
                name: place.name(),
                columns: columns.keep(&[]),
            },
            place,
            operation: None,
            is_tabular: true,
            columns,
            rows: 0,
        });
    }

    /// Counts a row of the list begun last, whatever it holds. `false` when there are too many.
    pub(super) fn next_row(&mut self) -> bool {
        let Some(table) = self.tables.last_mut() else {
            return false;
        };
        if self.rows == MAX_ROWS {
            let problem = Problem::new(format!("more than {MAX_ROWS} rows")).allowed("several jobs");
            self.refuse_rest(problem);
            return false;
        }
        self.rows += 1;
        table.rows += 1;
        true
    }

    /// Takes the current row.
    pub(super) fn take<'c>(&mut self, cells: impl Iterator<Item = (usize, Cell<'c>)> + Clone) {
        let Some(table) = self.tables.last() else {
            return;
        };
        if let Some(operation) = table.operation {
            let outcome = self.read(operation, &table.columns, table.rows, cells);
            self.settle(table.rows, outcome);
        }
    }

    /// Takes the current row as one of this operation with these columns.
    pub(super) fn take_as<'c>(
        &mut self,
        operation: &dyn AnyOperation,
        columns: &Columns,
        cells: impl Iterator<Item = (usize, Cell<'c>)> + Clone,
    ) {
        if let Some(table) = self.tables.last() {
            let outcome = self.read(operation, columns, table.rows, cells);
            self.settle(table.rows, outcome);
        }
    }

    /// The number of the current row in its list, from 1.
    pub(super) fn row(&self) -> u32 {
        self.tables.last().map_or(0, |table| table.rows)
    }

    /// Takes rows of the current list by their numbers. They are read on all cores.
    pub(super) fn take_all(&mut self, rows: &[(u32, StringRecord)]) {
        let Some(table) = self.tables.last() else {
            return;
        };
        let Some(operation) = table.operation else {
            return;
        };
        let read = |(row, record): &(u32, StringRecord)| {
            let cells = record.iter().enumerate();
            let cells = cells.map(|(column, cell)| (column, Cell::Text(unescape(cell.trim()))));
            (*row, self.read(operation, &table.columns, *row, cells))
        };
        let outcomes: Vec<(u32, Outcome)> = rows.par_iter().with_min_len(A_FEW).map(read).collect();
        for (row, outcome) in outcomes {
            self.settle(row, outcome);
        }
    }

    /// What becomes of a row of the current list.
    fn read<'c>(
        &self,
        operation: &dyn AnyOperation,
        columns: &Columns,
        row: u32,
        cells: impl Iterator<Item = (usize, Cell<'c>)> + Clone,
    ) -> Outcome {
        let number = self.tables.len() - 1;
        let table = &self.tables[number];
        let reader = RowReader {
            operation,
            columns,
            in_file: table.place.file.is_some(),
            is_tabular: table.is_tabular,
            today: self.today,
            room: &self.room,
        };
        let mut outcome = reader.read(cells.clone(), table.place.source(row));
        if let Outcome::Valid(items) = &mut outcome {
            table.keep(number, cells, items);
        }
        outcome
    }

    /// Keeps what became of a row of the current list.
    fn settle(&mut self, row: u32, outcome: Outcome) {
        let table = self.tables.len() - 1;
        match outcome {
            Outcome::Valid(items) => {
                self.origins
                    .extend(std::iter::repeat_n((table, row), items.len()));
                self.items.extend(items);
            }
            Outcome::Invalid(problems) => {
                for (column, problem) in problems {
                    self.find(Spot { table, row, column }, problem);
                }
            }
            Outcome::TooMany if self.is_full => {}
            Outcome::TooMany => {
                self.is_full = true;
                let problem = Problem::new(format!("the rows stand for more than {MAX_ROWS} items"));
                self.refuse_rest(problem.allowed("several jobs"));
            }
        }
    }

    /// Refuses a cell of the current row.
    pub(super) fn refuse_cell(&mut self, column: usize, problem: Problem) {
        let table = self.tables.len() - 1;
        let row = self.tables[table].rows;
        self.find(Spot { table, row, column }, problem);
    }

    /// Refuses the current row as a whole.
    pub(super) fn refuse_row(&mut self, problem: Problem) {
        let table = self.tables.len() - 1;
        let row = self.tables[table].rows;
        self.find(
            Spot {
                table,
                row,
                column: 0,
            },
            problem.column(""),
        );
    }

    /// Refuses the current list as a whole, because what comes after here cannot be read.
    pub(super) fn refuse_rest(&mut self, problem: Problem) {
        let table = self.tables.len() - 1;
        let spot = Spot {
            table,
            row: 0,
            column: 0,
        };
        self.find(spot, problem.column(""));
    }

    /// Warns of the input as a whole.
    pub(super) fn warn_of_all(&mut self, problem: Problem) {
        self.warnings.push((
            Spot {
                table: usize::MAX,
                row: 0,
                column: 0,
            },
            problem,
        ));
    }

    fn find(&mut self, spot: Spot, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push((spot, problem));
        } else if !self.is_cut_short {
            self.is_cut_short = true;
            let problem = Problem::new(format!(
                "more than {MOST_PROBLEMS} problems; the others are not listed"
            ));
            self.problems
                .push((Spot { column: 0, ..spot }, problem.column("")));
        }
    }

    /// Checks all rows together and comes to a result.
    ///
    /// With `skip_invalid`, rows that are wrong are set aside; what is wrong with a whole file never is.
    ///
    /// # Errors
    /// Everything that is wrong, by file, row and column; or there is nothing to do.
    pub(super) fn finish(mut self, skip_invalid: bool) -> Result<Imported, Problems> {
        self.say_once_what_every_row_lacks();
        let clashing = self.add_clashes();
        if self.problems.is_empty() && self.items.is_empty() {
            return Err(Problem::new("there are no rows").into());
        }
        let (of_tables, of_rows): (Vec<_>, Vec<_>) = std::mem::take(&mut self.problems)
            .into_iter()
            .partition(|(spot, _)| spot.row == 0);
        let warnings = std::mem::take(&mut self.warnings);
        let nothing_is_left = self.items.len() == clashing.len();
        if !of_tables.is_empty() || !of_rows.is_empty() && (!skip_invalid || nothing_is_left) {
            // A column that was not read may be why the rows are wrong.
            let warnings = warnings
                .into_iter()
                .map(|(spot, problem)| (spot, problem.as_warning()));
            let all = of_tables.into_iter().chain(of_rows).chain(warnings).collect();
            return Err(Problems(self.in_order(all)));
        }
        let warnings = self.in_order(warnings);
        let skipped = self.in_order(of_rows);
        let mut number = 0;
        self.items.retain(|_| {
            number += 1;
            clashing.binary_search(&(number - 1)).is_err()
        });
        let inputs = Inputs(self.tables.into_iter().map(|table| table.kept).collect());
        Ok(Imported {
            inputs,
            job_type: job_type_of(&self.items),
            items: self.items,
            warnings,
            skipped,
        })
    }

    /// A field that no column gives and that every row of a file is refused for is a mistake of the
    /// file, not one of each row.
    fn say_once_what_every_row_lacks(&mut self) {
        let mut counts: HashMap<(usize, String), u32> = HashMap::new();
        for (spot, problem) in &self.problems {
            if spot.row > 0 && spot.column == NO_COLUMN {
                *counts.entry((spot.table, problem.message.clone())).or_default() += 1;
            }
        }
        let tables = &self.tables;
        counts.retain(|(table, _), count| {
            let table = &tables[*table];
            table.place.file.is_some() && table.rows > 1 && *count == table.rows
        });
        if counts.is_empty() {
            return;
        }
        self.problems.retain_mut(|(spot, problem)| {
            if spot.row == 0 || spot.column != NO_COLUMN {
                return true;
            }
            match counts.get_mut(&(spot.table, problem.message.clone())) {
                None => true,
                Some(0) => false,
                Some(count) => {
                    *count = 0;
                    spot.row = 0;
                    true
                }
            }
        });
    }

    /// Adds what is wrong between rows, and says which items are concerned, in rising order.
    fn add_clashes(&mut self) -> Vec<usize> {
        let (tables, origins) = (&self.tables, &self.origins);
        let found = clashes(&self.items, |first, second| {
            let (first_table, first_row) = origins[first];
            let (second_table, _) = origins[second];
            tables[first_table]
                .place
                .name_row(first_row, &tables[second_table].place)
        });
        let mut items = Vec::with_capacity(found.len());
        for clash in found {
            let (table, row) = self.origins[clash.item];
            let column = self.column_of(table, clash.field);
            self.find(Spot { table, row, column }, clash.problem.column(clash.field));
            items.push(clash.item);
        }
        items.sort_unstable();
        items.dedup();
        items
    }

    fn column_of(&self, table: usize, field: &str) -> usize {
        let table = &self.tables[table];
        let fields = table.operation.map(AnyOperation::fields).unwrap_or_default();
        fields
            .iter()
            .position(|known| known.name == field)
            .and_then(|number| table.columns.of_field(number))
            .unwrap_or(NO_COLUMN)
    }

    /// Puts problems into the order of the input and gives each its place, with the column as the file
    /// spells it.
    fn in_order(&self, mut problems: Vec<(Spot, Problem)>) -> Vec<Problem> {
        problems.sort_by_key(|(spot, _)| *spot);
        let located = problems.into_iter().map(|(spot, problem)| {
            let Some(table) = self.tables.get(spot.table) else {
                return problem;
            };
            let row = (spot.row > 0).then_some(spot.row);
            let spelled = match &problem.column {
                Some(column) if column.is_empty() => None,
                column => table
                    .columns
                    .spelled(spot.column)
                    .map(str::to_owned)
                    .or(column.clone()),
            };
            table.place.of(row, spelled.as_deref(), problem)
        });
        located.collect()
    }
}

/// The type of a job of these items: that of their one operation, or `mixed`.
fn job_type_of(items: &[ValidItem]) -> String {
    let first = items.first().map_or("", |item| item.operation);
    if items.iter().all(|item| item.operation == first) {
        job_type(first)
    } else {
        "mixed".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use crate::import::mapping::Mapping;

    use super::*;

    /// What is said of a table of two rows, each of which stands for two users in two groups.
    fn with_room_for(items: usize) -> Result<usize, Vec<String>> {
        let registry = crate::operations::registry();
        let operation = registry.get("add_member").unwrap();
        let mut intake = Intake::new(Timestamp::from_millis(0));
        intake.room = items.into();
        let place = Place {
            file: Some("members.csv".into()),
            list: None,
        };
        let names = ["username", "group", "access_level"];
        let columns = Columns::read(names, operation.fields(), &Mapping::empty());
        intake.begin(place, operation.as_ref(), columns, true);
        let rows = ["a", "b"].map(|user| {
            assert!(intake.next_row());
            let users = format!("{user}1,{user}2");
            (
                intake.row(),
                StringRecord::from(vec![&users, "acme,tools", "developer"]),
            )
        });
        intake.take_all(&rows);
        match intake.finish(true) {
            Ok(imported) => Ok(imported.items.len()),
            Err(problems) => Err(problems.0.iter().map(Problem::to_string).collect()),
        }
    }

    #[test]
    fn short_rows_that_stand_for_very_many_items_are_refused_before_they_are_made() {
        assert_eq!(with_room_for(8), Ok(8));
        let refused = "members.csv: the rows stand for more than 1000000 items (allowed: several jobs)";
        assert_eq!(with_room_for(7), Err(vec![refused.to_owned()]));
        assert_eq!(with_room_for(0), Err(vec![refused.to_owned()]));
    }
}
