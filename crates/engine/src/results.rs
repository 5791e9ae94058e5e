//! What became of a job's items, as a file. A table of failed rows can be mended and imported again.

use std::collections::HashMap;

use domain::{ItemError, ItemStatus, JobId};
use serde_json::{Map, Value, json};
use storage::{ItemFilter, StorageError, StoredItem};

use crate::Engine;
use crate::import::formula;
use crate::operation::Target;

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

/// The items of a job with what became of them, piece by piece.
#[derive(Debug)]
pub struct Results {
    engine: Engine,
    job: JobId,
    /// Empty: all that have ended.
    statuses: Vec<ItemStatus>,
    format: Format,
    after: Option<u32>,
    columns: Option<Vec<String>>,
    began: bool,
    ended: bool,
}

/// An item with its parameters and its error.
struct Row {
    item: StoredItem,
    params: Map<String, Value>,
    error: Option<ItemError>,
}

impl Results {
    /// Of the items that stand like this; without any status, of all that have ended. The caller has seen to it
    /// that the job may be read.
    pub fn new(engine: Engine, job: JobId, statuses: Vec<ItemStatus>, format: Format) -> Self {
        Self {
            engine,
            job,
            statuses,
            format,
            after: None,
            columns: None,
            began: false,
            ended: false,
        }
    }

    /// The next piece of the file; `None` when it is complete.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next(&mut self) -> Result<Option<String>, StorageError> {
        if self.ended {
            return Ok(None);
        }
        if self.format == Format::Csv && self.columns.is_none() {
            return self.header().await.map(Some);
        }
        let Some(rows) = self.rows().await? else {
            self.ended = true;
            return Ok((self.format == Format::Json).then(|| {
                let end = if self.began { "\n]\n" } else { "[]\n" };
                end.to_owned()
            }));
        };
        let mut text = String::new();
        for row in &rows {
            match self.format {
                Format::Json => {
                    text.push_str(if self.began { ",\n" } else { "[\n" });
                    text.push_str(&row.to_json(&self.engine).to_string());
                }
                Format::Ndjson => {
                    text.push_str(&row.to_json(&self.engine).to_string());
                    text.push('\n');
                }
                Format::Csv => {
                    let columns = self.columns.as_deref().unwrap_or_default();
                    text.push_str(&row.to_csv(columns, self.with_status()));
                }
            }
            self.began = true;
        }
        Ok(Some(text))
    }

    /// Whether a table says how each row ended: needless where all failed.
    fn with_status(&self) -> bool {
        self.statuses != [ItemStatus::Failed]
    }

    /// Looks which columns there are, and begins anew.
    async fn header(&mut self) -> Result<String, StorageError> {
        let mut columns: Vec<String> = Vec::new();
        let mut known: HashMap<String, Vec<String>> = HashMap::new();
        while let Some(rows) = self.rows().await? {
            for row in rows {
                let order = known.entry(row.item.operation.clone()).or_insert_with(|| {
                    let operation = self.engine.registry().get(&row.item.operation);
                    let fields = operation.map(|operation| operation.fields()).unwrap_or_default();
                    fields.iter().map(|field| field.name.clone()).collect()
                });
                for (name, _) in row.params {
                    if !columns.contains(&name) {
                        insert(&mut columns, name, order);
                    }
                }
            }
        }
        self.after = None;
        let status = self.with_status().then_some("status");
        let cells = columns.iter().map(String::as_str).chain(status).chain(["error"]);
        let line = line(cells.map(str::to_owned));
        self.columns = Some(columns);
        Ok(line)
    }

    /// An item's parameters without its secrets.
    fn shown(&self, item: &StoredItem) -> Map<String, Value> {
        let mut params: Map<String, Value> = serde_json::from_str(item.params.get()).unwrap_or_default();
        if let Some(operation) = self.engine.registry().get(&item.operation) {
            for field in operation.fields().iter().filter(|field| field.secret) {
                params.remove(&field.name);
            }
        }
        params
    }

    /// The next rows; `None` at the end.
    async fn rows(&mut self) -> Result<Option<Vec<Row>>, StorageError> {
        let storage = self.engine.storage();
        let items = storage.load_items(self.job, self.after, CHUNK).await?;
        let Some(last) = items.last().map(|item| item.index) else {
            return Ok(None);
        };
        let filter = ItemFilter {
            after: self.after,
            limit: CHUNK,
            ..ItemFilter::default()
        };
        let shown = storage.items(self.job, &filter).await?.items;
        let mut errors: HashMap<u32, ItemError> = shown
            .into_iter()
            .filter_map(|item| Some((item.index, item.error?)))
            .collect();
        self.after = Some(last);
        let rows = items
            .into_iter()
            .filter(|item| match self.statuses.as_slice() {
                [] => item.status.has_ended(),
                statuses => statuses.contains(&item.status),
            })
            .map(|item| Row {
                error: errors.remove(&item.index),
                params: self.shown(&item),
                item,
            })
            .collect();
        Ok(Some(rows))
    }
}

/// Puts a column where its operation declares it, relative to those that are there.
fn insert(columns: &mut Vec<String>, name: String, order: &[String]) {
    let place = order.iter().position(|field| *field == name);
    let before = columns.iter().position(|column| {
        let other = order.iter().position(|field| field == column);
        matches!((place, other), (Some(place), Some(other)) if other > place)
    });
    columns.insert(before.unwrap_or(columns.len()), name);
}

impl Row {
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
        if let Some(error) = &self.error {
            row["error"] = json!(error);
        }
        row
    }

    fn to_csv(&self, columns: &[String], with_status: bool) -> String {
        let cells = columns
            .iter()
            .map(|column| self.params.get(column).map(cell).unwrap_or_default());
        let status = with_status.then(|| self.item.status.name().to_owned());
        let error = self
            .error
            .as_ref()
            .map(|error| error.message.clone())
            .unwrap_or_default();
        line(cells.chain(status).chain([error]))
    }
}

/// A value as a file has it: lists with commas, everything else as it is written.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.iter().all(|value| !value.is_object() && !value.is_array()) => {
            values.iter().map(cell).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
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
        assert_eq!(cell(&json!(["a", "b"])), "a,b");
        assert_eq!(cell(&json!(30)), "30");
    }

    #[test]
    fn columns_stand_as_their_operation_declares_them() {
        let order = ["name", "path", "group", "topics"].map(str::to_owned);
        let mut columns = Vec::new();
        for name in ["topics", "path", "name", "colour"] {
            insert(&mut columns, name.to_owned(), &order);
        }
        assert_eq!(columns, ["name", "path", "topics", "colour"]);
    }
}
