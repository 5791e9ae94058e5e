use std::fmt;
use std::sync::Arc;

use domain::{Action, Change, Item, ItemStatus, JobId, Source, Timestamp};
use serde_json::value::RawValue;
use sqlx::FromRow;

use crate::database::failure::Cell;
use crate::{ItemRow, Result, StoredItem};

/// Names of files, shared by the items of a page: a hundred thousand rows come from a few files.
#[derive(Default)]
pub(super) struct Files(Vec<Arc<str>>);

impl Files {
    fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.iter().rev().find(|known| &***known == name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.0.push(Arc::clone(&name));
        name
    }
}

/// Names a row of an item.
struct Key(JobId, i64);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, self.1)
    }
}

/// What both kinds of items have.
#[derive(FromRow)]
pub(super) struct Common {
    idx: i64,
    operation: String,
    target: String,
    source_file: Option<String>,
    source_row: Option<i64>,
    source_path: Option<String>,
    status: String,
    action: Option<String>,
    attempts: i64,
    step: i64,
    result: Option<String>,
    depends_on: Option<String>,
}

/// The columns of [`Common`], as literal text.
macro_rules! common_columns {
    () => {
        "i.idx, i.operation, i.target, i.source_file, i.source_row, i.source_path, s.status, s.action, s.attempts, \
         s.step, s.result, p.depends_on"
    };
}
pub(super) use common_columns;

/// What belongs to the item of state `s`, as literal text.
macro_rules! details {
    () => {
        " JOIN items i ON i.job = s.job AND i.idx = s.idx \
         LEFT JOIN item_plans p ON p.job = s.job AND p.idx = s.idx"
    };
}
pub(super) use details;

/// An item for people.
#[derive(FromRow)]
pub(super) struct ShownRow {
    #[sqlx(flatten)]
    common: Common,
    error: Option<String>,
    look_at: Option<String>,
    changes: Option<String>,
    notes: Option<String>,
    differences: Option<String>,
    started_at: Option<i64>,
    finished_at: Option<i64>,
}

/// An item for the runner.
#[derive(FromRow)]
pub(super) struct StoredRow {
    #[sqlx(flatten)]
    common: Common,
    params: Box<str>,
    expects: Option<Box<str>>,
    found: Option<Box<str>>,
    changes: Option<Box<str>>,
    finished_at: Option<i64>,
}

/// An item as it was asked for.
#[derive(FromRow)]
pub(super) struct RequestedRow {
    idx: i64,
    operation: String,
    params: Box<str>,
    input: Option<Box<str>>,
    status: String,
    error: Option<String>,
    result: Option<String>,
}

/// Reads cells of one item.
struct Cells {
    key: Key,
}

impl Cells {
    fn item(&self, column: &'static str) -> Cell<'_> {
        self.of("items", column)
    }

    fn state(&self, column: &'static str) -> Cell<'_> {
        self.of("item_states", column)
    }

    fn plan(&self, column: &'static str) -> Cell<'_> {
        self.of("item_plans", column)
    }

    fn of(&self, table: &'static str, column: &'static str) -> Cell<'_> {
        Cell {
            table,
            column,
            row: &self.key,
        }
    }

    fn source(&self, row: &mut Common, files: &mut Files) -> Result<Source> {
        Ok(Source {
            file: row.source_file.as_deref().map(|name| files.shared(name)),
            row: row
                .source_row
                .map(|number| self.item("source_row").number(number))
                .transpose()?,
            path: row.source_path.take(),
        })
    }

    fn action(&self, row: &Common) -> Result<Option<Action>> {
        row.action
            .as_deref()
            .map(|word| self.state("action").known(Action::from_name(word)))
            .transpose()
    }

    fn status(&self, word: &str) -> Result<ItemStatus> {
        self.state("status").known(ItemStatus::from_name(word))
    }

    fn depends_on(&self, row: &Common) -> Result<Vec<u32>> {
        let list = self.plan("depends_on").optional_json(row.depends_on.as_deref())?;
        Ok(list.unwrap_or_default())
    }

    fn changes(&self, text: Option<&str>) -> Result<Vec<Change>> {
        Ok(self.plan("changes").optional_json(text)?.unwrap_or_default())
    }

    fn raw(cell: Cell<'_>, text: Box<str>) -> Result<Box<RawValue>> {
        cell.known(RawValue::from_string(text.into()).ok())
    }
}

impl ShownRow {
    pub(super) fn item(mut self, job: JobId, files: &mut Files) -> Result<Item> {
        let row = &mut self.common;
        let cells = Cells {
            key: Key(job, row.idx),
        };
        Ok(Item {
            index: cells.item("idx").number(row.idx)?,
            action: cells.action(row)?,
            source: cells.source(row, files)?,
            status: cells.status(&row.status)?,
            attempts: cells.state("attempts").number(row.attempts)?,
            error: cells.state("error").optional_json(self.error.as_deref())?,
            look_at: cells.state("look_at").optional_json(self.look_at.as_deref())?,
            result: cells.state("result").optional_json(row.result.as_deref())?,
            changes: cells.changes(self.changes.as_deref())?,
            notes: cells
                .plan("notes")
                .optional_json(self.notes.as_deref())?
                .unwrap_or_default(),
            differences: cells
                .state("differences")
                .optional_json(self.differences.as_deref())?,
            depends_on: cells.depends_on(row)?,
            started_at: self.started_at.map(Timestamp::from_millis),
            finished_at: self.finished_at.map(Timestamp::from_millis),
            operation: self.common.operation,
            target: self.common.target,
        })
    }
}

impl StoredRow {
    pub(super) fn item(mut self, job: JobId, files: &mut Files) -> Result<StoredItem> {
        let row = &mut self.common;
        let cells = Cells {
            key: Key(job, row.idx),
        };
        Ok(StoredItem {
            index: cells.item("idx").number(row.idx)?,
            params: Cells::raw(cells.item("params"), self.params)?,
            expects: self
                .expects
                .map(|expects| Cells::raw(cells.item("expects"), expects))
                .transpose()?,
            step: cells.state("step").number(row.step)?,
            found: self
                .found
                .map(|found| Cells::raw(cells.plan("found"), found))
                .transpose()?,
            action: cells.action(row)?,
            status: cells.status(&row.status)?,
            attempts: cells.state("attempts").number(row.attempts)?,
            finished_at: self.finished_at.map(Timestamp::from_millis),
            changes: self
                .changes
                .map(|changes| Cells::raw(cells.plan("changes"), changes))
                .transpose()?,
            depends_on: cells.depends_on(row)?,
            result: cells.state("result").optional_json(row.result.as_deref())?,
            source: cells.source(row, files)?,
            operation: self.common.operation,
            target: self.common.target,
        })
    }
}

impl RequestedRow {
    pub(super) fn item(self, job: JobId) -> Result<ItemRow> {
        let cells = Cells {
            key: Key(job, self.idx),
        };
        Ok(ItemRow {
            index: cells.item("idx").number(self.idx)?,
            params: Cells::raw(cells.item("params"), self.params)?,
            input: self
                .input
                .map(|input| Cells::raw(cells.item("input"), input))
                .transpose()?,
            status: cells.status(&self.status)?,
            error: cells.state("error").optional_json(self.error.as_deref())?,
            result: cells.state("result").optional_json(self.result.as_deref())?,
            operation: self.operation,
        })
    }
}
