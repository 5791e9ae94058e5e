//! What became of a job's items, as a file. A table of failed rows can be mended and imported again.

mod columns;

use std::fmt::Write as _;

use domain::{ItemStatus, JobId, Problem};
use serde_json::{Map, Value, json};
use storage::{ItemFilter, ItemRow, StorageError};

use self::columns::{Columns, own_columns};
use crate::import::formula;
use crate::inputs::{InputRow, InputTable, Inputs, written};
use crate::operation::Target;
use crate::{Engine, JobError};

/// The column in which a table of failed rows says why they failed.
pub(crate) const ERROR_COLUMN: &str = "error";

/// Items read at once; a job is never in memory whole.
const CHUNK: u32 = 1_000;

/// What a file can look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, utoipa::ToSchema)]
#[schema(as = ResultsFormat, rename_all = "lowercase")]
pub enum Format {
    /// A list.
    Json,
    /// An object per line.
    Ndjson,
    /// A table with the input's own columns and `error`; with `status` unless it has failed rows only.
    Csv,
}

impl Format {
    /// The one with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Json, Self::Ndjson, Self::Csv]
            .into_iter()
            .find(|format| format.name() == name)
    }

    /// `json`, `ndjson` or `csv`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    /// For `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// Which rows, and as what.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Only items that stand like this; empty: all that have ended.
    pub statuses: Vec<ItemStatus>,
    /// Only rows of the input of this name.
    pub file: Option<String>,
    /// What the file looks like.
    pub format: Format,
}

/// The items of a job with what became of them, piece by piece.
#[derive(Debug)]
pub struct Results {
    engine: Engine,
    job: JobId,
    selection: Selection,
    inputs: Inputs,
    after: Option<u32>,
    columns: Option<Columns>,
    began: bool,
    ended: bool,
}

/// Why there is no such file.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// The job has no input of this name.
    #[error("{}", .0)]
    NoInput(Problem),
    /// The job's inputs cannot be read.
    #[error(transparent)]
    Job(#[from] JobError),
}

/// An item with its parameters and its error.
struct Row {
    item: ItemRow,
    params: Map<String, Value>,
    input: Option<InputRow>,
}

impl Results {
    /// Of a job that the caller has seen may be read.
    ///
    /// # Errors
    /// The job has no such input, or the database failed.
    pub async fn open(engine: Engine, job: JobId, selection: Selection) -> Result<Self, ResultsError> {
        let inputs = engine.inputs_of(job).await?;
        if let Some(file) = &selection.file
            && !inputs.0.iter().any(|table| table.name == *file)
        {
            return Err(ResultsError::NoInput(no_input(file, &inputs)));
        }
        Ok(Self {
            engine,
            job,
            selection,
            inputs,
            after: None,
            columns: None,
            began: false,
            ended: false,
        })
    }

    /// The names of the inputs whose rows stand together in a table, though their columns differ: it cannot be
    /// imported as it is. Known once the first piece of a table is there; empty when all is well.
    pub fn mixed(&self) -> Vec<&str> {
        let columns = self.columns.as_ref();
        columns
            .map(|columns| columns.mixed(&self.inputs))
            .unwrap_or_default()
    }

    /// The next piece of the file; `None` when it is complete.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next(&mut self) -> Result<Option<String>, StorageError> {
        if self.ended {
            return Ok(None);
        }
        if self.selection.format == Format::Csv && self.columns.is_none() {
            return self.header().await.map(Some);
        }
        let Some(rows) = self.rows().await? else {
            self.ended = true;
            return Ok((self.selection.format == Format::Json).then(|| {
                let end = if self.began { "\n]\n" } else { "[]\n" };
                end.to_owned()
            }));
        };
        let mut text = String::new();
        for row in &rows {
            match self.selection.format {
                Format::Json => {
                    text.push_str(if self.began { ",\n" } else { "[\n" });
                    text.push_str(&row.to_json(&self.engine).to_string());
                }
                Format::Ndjson => {
                    text.push_str(&row.to_json(&self.engine).to_string());
                    text.push('\n');
                }
                Format::Csv => {
                    if let Some(columns) = &self.columns {
                        text.push_str(&self.table_row(row, columns));
                    }
                }
            }
            self.began = true;
        }
        Ok(Some(text))
    }

    /// Whether a table says how each row ended: needless where all failed.
    fn with_status(&self) -> bool {
        self.selection.statuses != [ItemStatus::Failed]
    }

    /// Looks which columns there are, and begins anew.
    async fn header(&mut self) -> Result<String, StorageError> {
        let mut columns = Columns::default();
        match self.inputs.0.as_slice() {
            // Every row has these.
            [table] => columns.add_table(0, table),
            _ => {
                while let Some(rows) = self.rows().await? {
                    for row in &rows {
                        match row.table(&self.inputs) {
                            Some((number, table)) => columns.add_table(number, table),
                            None => columns.add_params(row, &self.engine),
                        }
                    }
                }
                self.after = None;
            }
        }
        let status = self.with_status().then_some("status");
        let cells = columns.names().chain(status).chain([ERROR_COLUMN]);
        let line = line(cells.map(str::to_owned));
        self.columns = Some(columns);
        Ok(line)
    }

    fn table_row(&self, row: &Row, columns: &Columns) -> String {
        let mut cells = vec![String::new(); columns.count()];
        let mut secrets: Vec<&str> = Vec::new();
        if let (Some((number, table)), Some(input)) = (row.table(&self.inputs), &row.input) {
            for (place, (number, column)) in columns.of_table(number).zip(own_columns(table)) {
                cells[place] = input.cell(number, column, &row.params);
                if input.lacks(number, column) {
                    secrets.push(&column.name);
                }
            }
        } else {
            for (name, value) in &row.params {
                if let Some(place) = columns.of_param(name) {
                    cells[place] = written(value);
                }
            }
        }
        let status = self.with_status().then(|| row.item.status.name().to_owned());
        let mut error = row
            .item
            .error
            .as_ref()
            .map(|error| error.message.clone())
            .unwrap_or_default();
        if row.item.status == ItemStatus::Failed && !secrets.is_empty() {
            let _ = write!(
                error,
                " (left out because it is secret, to be filled in again: {})",
                secrets.join(", ")
            );
        }
        line(cells.into_iter().chain(status).chain([error]))
    }

    /// The next rows; `None` at the end.
    async fn rows(&mut self) -> Result<Option<Vec<Row>>, StorageError> {
        let ended = ItemStatus::ALL.into_iter().filter(|status| status.has_ended());
        let filter = ItemFilter {
            after: self.after,
            limit: CHUNK,
            status: match self.selection.statuses.as_slice() {
                [] => ended.collect(),
                statuses => statuses.to_vec(),
            },
            ..ItemFilter::default()
        };
        let items = self.engine.storage().item_rows(self.job, &filter).await?;
        let Some(last) = items.last().map(|item| item.index) else {
            return Ok(None);
        };
        self.after = Some(last);
        let rows = items.into_iter().map(|item| Row {
            params: self.shown(&item),
            input: item.input.as_deref().and_then(InputRow::read),
            item,
        });
        let wanted = |row: &Row| match &self.selection.file {
            None => true,
            Some(file) => row
                .table(&self.inputs)
                .is_some_and(|(_, table)| table.name == *file),
        };
        Ok(Some(rows.filter(wanted).collect()))
    }

    /// An item's parameters without its secrets.
    fn shown(&self, item: &ItemRow) -> Map<String, Value> {
        let mut params: Map<String, Value> = serde_json::from_str(item.params.get()).unwrap_or_default();
        if let Some(operation) = self.engine.registry().get(&item.operation) {
            for field in operation.fields().iter().filter(|field| field.secret) {
                params.remove(&field.name);
            }
        }
        params
    }
}

fn no_input(file: &str, inputs: &Inputs) -> Problem {
    let names: Vec<&str> = inputs.0.iter().map(|table| table.name.as_str()).collect();
    let allowed = if names.is_empty() {
        "nothing: the job was not read from files".to_owned()
    } else {
        names.join(", ")
    };
    Problem {
        field: Some("file".to_owned()),
        ..Problem::new("the job has no input of this name")
            .value(file)
            .allowed(allowed)
    }
}

impl Row {
    /// The table that the row is of.
    fn table<'i>(&self, inputs: &'i Inputs) -> Option<(usize, &'i InputTable)> {
        let number = self.input.as_ref()?.0;
        Some((number, inputs.0.get(number)?))
    }

    fn to_json(&self, engine: &Engine) -> Value {
        let item = &self.item;
        let mut row = json!({
            "index": item.index,
            "success": matches!(item.status, ItemStatus::Succeeded | ItemStatus::Skipped),
            "status": item.status,
            "item": self.params,
        });
        let target = engine
            .registry()
            .get(&item.operation)
            .and_then(|operation| operation.read(&item.params).ok())
            .map(|(target, _)| target);
        let kind = match target {
            Some(Target::New { kind, .. } | Target::Object { kind, .. }) => Some(kind.name().to_owned()),
            Some(Target::Part { what, .. }) => Some(what.replace(' ', "_")),
            None => None,
        };
        if let (Some(result), Some(kind)) = (&item.result, kind) {
            row[kind] = json!(result);
        }
        if let Some(error) = &self.item.error {
            row["error"] = json!(error);
        }
        row
    }
}

/// One line of CSV; what a spreadsheet would run as a formula is disarmed.
fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells
        .map(|cell| {
            let cell = formula::escape(&cell).into_owned();
            if cell.contains(['"', ',', '\n', '\r', ';', '\t']) || cell.starts_with(['#', ' ']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell
            }
        })
        .collect();
    cells.join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_survive_spreadsheets_and_the_way_back() {
        let cells = ["plain", "a,b", "say \"hi\"", "=1+1", "# no comment"].map(str::to_owned);
        assert_eq!(
            line(cells.into_iter()),
            "plain,\"a,b\",\"say \"\"hi\"\"\",'=1+1,\"# no comment\"\n"
        );
    }
}
