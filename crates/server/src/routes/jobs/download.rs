use std::collections::{BTreeSet, HashMap};

use async_stream::try_stream;
use domain::{ItemError, ItemStatus, JobId};
use engine::Engine;
use engine::import::formula;
use futures::Stream;
use serde_json::{Map, Value, json};
use storage::{ItemFilter, StorageError, StoredItem};

/// Items read at once; a job is never in memory whole.
const CHUNK: u32 = 1_000;

/// The formats of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Ndjson,
    Csv,
}

impl Format {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Json, Self::Ndjson, Self::Csv]
            .into_iter()
            .find(|format| format.name() == name)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// The items of a job with what became of them.
#[derive(Clone, Debug)]
pub(super) struct Download {
    engine: Engine,
    job: JobId,
    /// Empty: all that have ended.
    statuses: Vec<ItemStatus>,
}

/// An item with its parameters and its error.
struct Row {
    item: StoredItem,
    params: Map<String, Value>,
    error: Option<ItemError>,
}

impl Download {
    pub(super) fn new(engine: Engine, job: JobId, statuses: Vec<ItemStatus>) -> Self {
        Self {
            engine,
            job,
            statuses,
        }
    }

    /// A JSON list, item by item.
    pub(super) fn json(self) -> impl Stream<Item = Result<String, StorageError>> {
        try_stream! {
            let mut first = true;
            let mut after = None;
            while let Some(rows) = self.next(&mut after).await? {
                let mut text = String::new();
                for row in &rows {
                    text.push_str(if first { "[\n" } else { ",\n" });
                    text.push_str(&row.to_json(&self.engine).to_string());
                    first = false;
                }
                yield text;
            }
            yield if first { "[]\n".to_owned() } else { "\n]\n".to_owned() };
        }
    }

    /// A JSON object per line.
    pub(super) fn ndjson(self) -> impl Stream<Item = Result<String, StorageError>> {
        try_stream! {
            let mut after = None;
            while let Some(rows) = self.next(&mut after).await? {
                let lines: Vec<String> = rows.iter().map(|row| format!("{}\n", row.to_json(&self.engine))).collect();
                yield lines.concat();
            }
        }
    }

    /// The input's own columns and the error: ready to be mended and imported again. Unless only failed
    /// rows are asked for, also how each ended.
    pub(super) fn csv(self) -> impl Stream<Item = Result<String, StorageError>> {
        let with_status = self.statuses != [ItemStatus::Failed];
        try_stream! {
            let mut columns = BTreeSet::new();
            let mut after = None;
            while let Some(rows) = self.next(&mut after).await? {
                columns.extend(rows.into_iter().flat_map(|row| row.params.into_iter().map(|(name, _)| name)));
            }
            let status = with_status.then_some("status");
            yield line(columns.iter().map(String::as_str).chain(status).chain(["error"]).map(str::to_owned));
            let mut after = None;
            while let Some(rows) = self.next(&mut after).await? {
                let lines: Vec<String> = rows.iter().map(|row| row.to_csv(&columns, with_status)).collect();
                yield lines.concat();
            }
        }
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

    /// The next rows after `after`, which moves on; `None` at the end.
    async fn next(&self, after: &mut Option<u32>) -> Result<Option<Vec<Row>>, StorageError> {
        let storage = self.engine.storage();
        let items = storage.load_items(self.job, *after, CHUNK).await?;
        let Some(last) = items.last().map(|item| item.index) else {
            return Ok(None);
        };
        let filter = ItemFilter {
            after: *after,
            limit: CHUNK,
            ..ItemFilter::default()
        };
        let shown = storage.items(self.job, &filter).await?.items;
        let mut errors: HashMap<u32, ItemError> = shown
            .into_iter()
            .filter_map(|item| Some((item.index, item.error?)))
            .collect();
        *after = Some(last);
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

impl Row {
    fn to_json(&self, engine: &Engine) -> Value {
        let item = &self.item;
        let mut row = json!({
            "index": item.index,
            "success": matches!(item.status, ItemStatus::Succeeded | ItemStatus::Skipped),
            "status": item.status,
            "item": self.params,
        });
        // `groups` are what `create_group` makes: its result is a `group`.
        let kind = engine
            .registry()
            .get(&item.operation)
            .map(|operation| operation.items().trim_end_matches('s'));
        if let (Some(result), Some(kind)) = (&item.result, kind) {
            row[kind] = json!(result);
        }
        if let Some(error) = &self.error {
            row["error"] = json!(error);
        }
        row
    }

    fn to_csv(&self, columns: &BTreeSet<String>, with_status: bool) -> String {
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
}
