//! From files and bodies to validated items.
//!
//! A file is text ([`InputFile`]), of a format told by its name or its beginning, of a kind told by the
//! caller or by its columns. Each row becomes typed parameters by the [fields](crate::field) of its
//! operation, is checked by the operation's own rules, and at last all rows are checked together.
//! Nothing stops at the first mistake: all mistakes of all files come in one answer, in the order of the
//! input, each with file, row, column, value and what is allowed.

pub(crate) mod check;
mod columns;
pub(crate) mod convert;
mod csv;
mod detect;
mod document;
pub(crate) mod format;
pub mod formula;
mod input;
mod intake;
mod json;
mod mapping;
mod ndjson;
mod outline;
mod place;
mod row;
mod settings_list;
pub mod template;
mod workbook;
pub(crate) mod yaml;

use std::collections::BTreeMap;
use std::sync::Arc;

use ::csv::StringRecord;
use domain::{Problem, Problems, Timestamp};
use serde::Deserialize;
use serde_json::Value;

pub(crate) use self::detect::named;
pub use self::input::{InputFile, MAX_ROWS};
pub use self::yaml::parse as parse_yaml;

use self::columns::Columns;
use self::convert::Cell;
use self::csv::Sheet;
use self::document::{Document, Node, Row, Rows};
use self::format::Format;
use self::intake::Intake;
use self::mapping::Mapping;
use self::outline::Outline;
use self::place::Place;
use self::settings_list::SettingsList;
use self::workbook::{SheetRow, Workbook};
use crate::expand::JobSource;
use crate::field::fold;
use crate::inputs::Inputs;
use crate::operation::{AnyOperation, Registry, ValidItem};

/// Rows of a table of text that are read side by side.
const ROWS: usize = 4_096;

/// How files are to be read.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// What they hold: `groups`, `create_group` or `bulk_create_groups`; told by the columns when not given.
    pub kind: Option<String>,
    /// Column to field, stronger than names and aliases. An empty field leaves the column out.
    pub mapping: BTreeMap<String, String>,
    /// Go on without the rows that are wrong. What is wrong with a whole file still is an error.
    pub skip_invalid: bool,
    /// Now, for rules about the past.
    pub today: Timestamp,
}

/// What an input gave.
#[derive(Debug)]
pub struct Imported {
    /// Valid items, in the order of the input. Never empty.
    pub items: Vec<ValidItem>,
    /// What was not read, though nothing is wrong with it.
    pub warnings: Vec<Problem>,
    /// What is wrong with the rows that were set aside.
    pub skipped: Vec<Problem>,
    /// Type of the job: that of the one operation, or `mixed`.
    pub job_type: String,
    /// The tables that the items were read from.
    pub inputs: Inputs,
}

impl Imported {
    /// What a job of these items is made of.
    pub fn into_source(self) -> JobSource {
        JobSource::Rows(self.items, self.inputs)
    }
}

/// Reads files, of several kinds if need be, as one input.
///
/// # Errors
/// Every problem of every file, in the order of the input. Never an empty list.
pub fn read_files(
    registry: &Registry,
    files: &[InputFile],
    options: &ImportOptions,
) -> Result<Imported, Problems> {
    let mut intake = Intake::new(options.today);
    let kind = match &options.kind {
        None => None,
        Some(kind) => Some(named(registry, kind).ok_or_else(|| unknown_kind(registry, kind))?),
    };
    let mapping = Mapping::read(&options.mapping, registry).map_err(Problems)?;
    let reader = Reader {
        registry,
        kind: kind.map(AsRef::as_ref),
        mapping: &mapping,
    };
    for file in files {
        reader.read_file(file, &mut intake);
    }
    for column in mapping.unmet() {
        intake.warn_of_all(Problem::new("the mapping names a column that no file has").column(column));
    }
    intake.finish(options.skip_invalid)
}

/// Reads the `data` of a job of this type from a request: `{"items":[…]}`, or the list under the
/// operation's own name (`groups` …). The type `mixed` takes several such lists.
///
/// Differs from a file in that an unknown field is a problem, and that places are paths such as
/// `items[3].visibility`, counted from 0.
///
/// # Errors
/// Every problem, in the order of the input. Never an empty list.
pub fn read_body(
    registry: &Registry,
    kind: &str,
    data: &Value,
    today: Timestamp,
) -> Result<Imported, Problems> {
    let mut intake = Intake::new(today);
    let kind = match kind {
        "mixed" => None,
        kind => {
            Some(named(registry, kind).ok_or_else(|| unknown_type(kind, &registry.job_types().join(", ")))?)
        }
    };
    let mapping = Mapping::empty();
    let reader = Reader {
        registry,
        kind: kind.map(AsRef::as_ref),
        mapping: &mapping,
    };
    match Document::deserialize(data) {
        Ok(Document::Object(nodes)) => reader.read_lists(&Place::default(), nodes, &mut intake),
        Ok(Document::Rows(_)) => intake.refuse(Place::default(), reader.not_lists("a list")),
        Ok(Document::Other(what)) => intake.refuse(Place::default(), reader.not_lists(what)),
        Err(error) => intake.refuse(Place::default(), Problem::new(error.to_string())),
    }
    intake.finish(false)
}

fn no_header(names: &[String]) -> Problem {
    Problem::new("the first row is no header: it names no known column")
        .value(&names.join(", "))
        .allowed("a header row, such as that of a template")
}

fn surplus_cell(cells: usize, width: usize, surplus: &str) -> Problem {
    Problem::new(format!("the row has {cells} cells and the header {width}")).value(surplus)
}

/// Hands every row that holds something to `take`, as it stands. Rows with more cells than the table has columns are
/// refused.
fn each_record<'r>(
    sheet: &mut Sheet<'_>,
    width: usize,
    intake: &mut Intake<'r>,
    mut take: impl FnMut(&StringRecord, &mut Intake<'r>),
) {
    while let Some(row) = sheet.next_row() {
        if !intake.next_row() {
            break;
        }
        let record = match row {
            Ok(record) => record,
            Err(problem) => {
                intake.refuse_rest(problem);
                break;
            }
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if let Some(surplus) = record.iter().skip(width).find(|cell| !cell.trim().is_empty()) {
            intake.refuse_row(
                surplus_cell(record.len(), width, surplus).allowed(
                    "a cell per column; text that holds the delimiter or a line break goes in quotes",
                ),
            );
            continue;
        }
        take(record, intake);
    }
}

/// The names that the first row of a sheet gives its columns.
fn header_of(row: &SheetRow) -> Vec<String> {
    let name = |cell: &Result<String, Problem>| match cell {
        Ok(text) => formula::unescape(text.trim()).to_owned(),
        Err(_) => String::new(),
    };
    row.cells.iter().map(name).collect()
}

fn take_sheet_row(row: &SheetRow, width: usize, intake: &mut Intake<'_>) {
    let mut texts: Vec<&str> = Vec::with_capacity(row.cells.len());
    let mut is_whole = true;
    for (column, cell) in row.cells.iter().enumerate() {
        match cell {
            Ok(text) => texts.push(text),
            Err(problem) => {
                intake.refuse_cell(column, problem.clone());
                is_whole = false;
                texts.push("");
            }
        }
    }
    if let Some(surplus) = texts.iter().skip(width).find(|cell| !cell.trim().is_empty()) {
        intake.refuse_row(
            surplus_cell(texts.len(), width, surplus).allowed("a column with a name for every cell"),
        );
    } else if is_whole {
        // Cells after the last one that holds something are there all the same.
        texts.resize(width.max(texts.len()), "");
        let cells = texts.iter().enumerate();
        intake.take(cells.map(|(column, cell)| (column, Cell::Text(formula::unescape(cell.trim())))));
    }
}

fn unknown_kind(registry: &Registry, kind: &str) -> Problem {
    unknown_type(kind, &detect::kinds(registry))
}

fn unknown_type(kind: &str, allowed: &str) -> Problem {
    let mut problem = Problem::new("unknown type").value(kind).allowed(allowed);
    problem.field = Some("type".into());
    problem
}

/// Reads files and bodies of what is known beforehand.
struct Reader<'r, 'm> {
    registry: &'r Registry,
    kind: Option<&'r dyn AnyOperation>,
    mapping: &'m Mapping<'m>,
}

impl<'r> Reader<'r, '_> {
    fn read_file(&self, file: &InputFile, intake: &mut Intake<'r>) {
        let place = Place {
            file: Some(Arc::clone(&file.name)),
            list: None,
        };
        if Workbook::is_one(&file.bytes) {
            if let Err(problem) = self.read_workbook(&place, &file.bytes, intake) {
                intake.refuse(place, problem);
            }
            return;
        }
        let read = file.text().and_then(|text| match Format::of(&file.name, text) {
            Format::Csv => self.read_table(&place, text, intake),
            Format::Json => json::read(text).map(|document| self.read_document(&place, document, intake)),
            Format::Yaml => yaml::read(text).map(|document| self.read_document(&place, document, intake)),
            Format::Ndjson => self.read_rows(&place, self.kind, ndjson::read(text), intake),
        });
        if let Err(problem) = read {
            intake.refuse(place, problem);
        }
    }

    fn read_table(&self, place: &Place, text: &str, intake: &mut Intake<'r>) -> Result<(), Problem> {
        if self.may_be_outline() && outline::is_one(text) {
            return self.read_outline(place, text, intake);
        }
        let mut sheet = Sheet::open(text, |name| self.is_known(name))?;
        if self.kind.is_none()
            && let Some(list) = SettingsList::of(&mut sheet)
        {
            return list.read(self.registry, place, sheet, intake);
        }
        let (operation, names) = self.read_header(self.kind, &mut sheet)?;
        let columns = Columns::read(names.iter().map(String::as_str), operation.fields(), self.mapping);
        let width = columns.len();
        intake.begin(place.clone(), operation, columns, true);
        let mut rows = Vec::new();
        each_record(&mut sheet, width, intake, |record, intake| {
            rows.push((intake.row(), record.clone()));
            if rows.len() == ROWS {
                intake.take_all(&rows);
                rows.clear();
            }
        });
        intake.take_all(&rows);
        Ok(())
    }

    /// Outlines are of groups, so nothing else may have been said.
    fn may_be_outline(&self) -> bool {
        self.kind
            .is_none_or(|operation| operation.name() == outline::OPERATION)
    }

    fn read_outline(&self, place: &Place, text: &str, intake: &mut Intake<'r>) -> Result<(), Problem> {
        let Some(operation) = self.registry.get(outline::OPERATION) else {
            return Err(unknown_kind(self.registry, outline::OPERATION));
        };
        let mut sheet = Sheet::piped(text)?;
        let (mut outline, names) = Outline::open(&mut sheet);
        let columns = Columns::read(names, operation.fields(), self.mapping);
        intake.begin(place.clone(), operation.as_ref(), columns, true);
        each_record(&mut sheet, outline::CELLS, intake, |record, intake| {
            outline.take(record, intake);
        });
        Ok(())
    }

    /// Every sheet of a workbook whose first row names columns is a table; of several, each is called by its name,
    /// and those that name none are noticed and not read.
    fn read_workbook(&self, place: &Place, bytes: &[u8], intake: &mut Intake<'r>) -> Result<(), Problem> {
        let mut workbook = Workbook::open(bytes)?;
        let mut sheets = Vec::new();
        for name in workbook.sheets() {
            if let Some(row) = workbook.first_row(&name)? {
                sheets.push((name, row));
            }
        }
        let several = sheets.len() > 1;
        let kind_of = |name: &str| {
            let told = || detect::of_list(self.registry, name).map(AsRef::as_ref);
            self.kind.or_else(|| several.then(told).flatten())
        };
        let is_table = |(name, row): &(String, SheetRow)| self.is_header(kind_of(name), &header_of(row));
        let any = sheets.iter().any(is_table);
        if sheets.is_empty() {
            return Err(Problem::new("the workbook is empty"));
        }
        for sheet in sheets {
            let place = Place {
                file: if several {
                    place
                        .file
                        .as_ref()
                        .map(|file| format!("{file} [{}]", sheet.0).into())
                } else {
                    place.file.clone()
                },
                list: None,
            };
            if any && !is_table(&sheet) {
                let problem =
                    Problem::new("the first row of the sheet names no known column; the sheet is not read");
                intake.warn_of_all(place.of(None, None, problem));
                continue;
            }
            let (name, header) = sheet;
            let read = self.read_sheet(&place, &mut workbook, &name, &header, kind_of(&name), intake);
            if let Err(problem) = read {
                intake.refuse(place, problem);
            }
        }
        Ok(())
    }

    fn read_sheet(
        &self,
        place: &Place,
        workbook: &mut Workbook<'_>,
        sheet: &str,
        header: &SheetRow,
        kind: Option<&'r dyn AnyOperation>,
        intake: &mut Intake<'r>,
    ) -> Result<(), Problem> {
        let names = header_of(header);
        columns::reasonable(&names)?;
        if !self.is_header(kind, &names) {
            return Err(no_header(&names));
        }
        let operation = self.operation_of(kind, &names)?;
        let columns = Columns::read(names.iter().map(String::as_str), operation.fields(), self.mapping);
        let width = columns.len();
        intake.begin(place.clone(), operation, columns, true);
        let mut at = header.number;
        let read = workbook.each_row(sheet, |row| {
            if row.number <= header.number {
                return true;
            }
            // A row is found by its place in the sheet, so empty ones count.
            while at < row.number {
                if !intake.next_row() {
                    return false;
                }
                at += 1;
            }
            take_sheet_row(&row, width, intake);
            true
        });
        if let Err(problem) = read {
            intake.refuse_rest(problem);
        }
        Ok(())
    }

    /// The operation and the columns of a table. A table of pipes may do without a header when it is
    /// said what it holds.
    fn read_header(
        &self,
        kind: Option<&'r dyn AnyOperation>,
        sheet: &mut Sheet<'_>,
    ) -> Result<(&'r dyn AnyOperation, Vec<String>), Problem> {
        let names = sheet.header().to_vec();
        columns::reasonable(&names)?;
        if self.is_header(kind, &names) {
            return Ok((self.operation_of(kind, &names)?, names));
        }
        let order = self
            .kind
            .and_then(|operation| columns::without_header(operation.name()));
        let is_list = |order: &&[&str]| sheet.is_piped() || order.len() == 1 && names.len() == 1;
        if let (Some(operation), Some(order)) = (self.kind, order.filter(is_list)) {
            sheet.has_no_header();
            return Ok((operation, order.iter().map(|name| (*name).to_owned()).collect()));
        }
        Err(no_header(&names))
    }

    fn operation_of(
        &self,
        kind: Option<&'r dyn AnyOperation>,
        names: &[String],
    ) -> Result<&'r dyn AnyOperation, Problem> {
        if let Some(operation) = kind {
            return Ok(operation);
        }
        let names = names.iter().map(String::as_str);
        Ok(detect::by_columns(self.registry, names, self.mapping)?.as_ref())
    }

    /// Whether a column of this name is known to any operation, or mapped.
    fn is_known(&self, name: &str) -> bool {
        self.mapping.of(name).is_some() || self.registry.field_names().contains(&fold(name))
    }

    /// Whether these cells name columns: one of what the file is said to hold, or, lest the header of
    /// something else be taken for data, two of anything. (A group may well be called `Wiki`.)
    fn is_header(&self, kind: Option<&dyn AnyOperation>, names: &[String]) -> bool {
        let is_own = |name: &String| {
            let folded = fold(name);
            let mut fields = kind.into_iter().flat_map(AnyOperation::fields);
            self.mapping.of(name).is_some() || fields.any(|field| field.answers_to(&folded))
        };
        let is_known = |name: &&String| self.is_known(name);
        let enough = if kind.is_some() { 2 } else { 1 };
        names.iter().any(is_own) || names.iter().filter(is_known).count() >= enough
    }

    fn read_document(&self, place: &Place, document: Document, intake: &mut Intake<'r>) {
        let read = match document {
            Document::Rows(rows) => self.read_rows(place, self.kind, rows, intake),
            Document::Object(nodes) => {
                self.read_lists(place, nodes, intake);
                Ok(())
            }
            Document::Other(what) => Err(self.not_lists(what)),
        };
        if let Err(problem) = read {
            intake.refuse(place.clone(), problem);
        }
    }

    /// Reads an object of lists.
    fn read_lists(&self, place: &Place, nodes: Vec<(String, Node)>, intake: &mut Intake<'r>) {
        if nodes.is_empty() {
            intake.refuse(place.clone(), self.not_lists("an empty object"));
        }
        for (name, node) in nodes {
            let place = Place {
                list: Some(name.as_str().into()),
                ..place.clone()
            };
            let read = self.kind_of_list(&name).and_then(|kind| match node {
                Node::Rows(rows) => self.read_rows(&place, kind, rows, intake),
                Node::Other(what) => Err(Problem::new(format!("this is {what}, not a list of items"))),
            });
            if let Err(problem) = read {
                intake.refuse(place, problem);
            }
        }
    }

    /// What a list of this name holds; `None` when only its columns can tell.
    fn kind_of_list(&self, name: &str) -> Result<Option<&'r dyn AnyOperation>, Problem> {
        let folded = fold(name);
        if folded == "items" {
            return Ok(self.kind);
        }
        match self.kind {
            Some(operation) if fold(operation.items()) == folded => return Ok(Some(operation)),
            Some(_) => {}
            None => {
                if let Some(operation) = detect::of_list(self.registry, name) {
                    return Ok(Some(operation.as_ref()));
                }
            }
        }
        Err(Problem::new("this is not read here").allowed(self.lists()))
    }

    fn lists(&self) -> String {
        match self.kind {
            Some(operation) => format!("an object with a list `items` or `{}`", operation.items()),
            None => format!("an object with lists: items, {}", detect::kinds(self.registry)),
        }
    }

    fn not_lists(&self, what: &str) -> Problem {
        Problem::new(format!("{what} is not expected here")).allowed(self.lists())
    }

    fn read_rows(
        &self,
        place: &Place,
        kind: Option<&'r dyn AnyOperation>,
        rows: Rows,
        intake: &mut Intake<'r>,
    ) -> Result<(), Problem> {
        let names = || rows.keys.names.iter().map(String::as_str);
        if rows.rows.is_empty() {
            return Err(Problem::new("the list is empty").allowed("at least one item"));
        }
        columns::reasonable(&rows.keys.names)?;
        let operation = match kind {
            Some(operation) => operation,
            None => detect::by_columns(self.registry, names(), self.mapping)?.as_ref(),
        };
        let columns = Columns::read(names(), operation.fields(), self.mapping);
        intake.begin(place.clone(), operation, columns, false);
        for row in rows.rows {
            if !intake.next_row() {
                break;
            }
            match row {
                Row::Fields(fields) => {
                    intake.take(fields.iter().map(|(column, value)| (*column, Cell::Value(value))));
                }
                Row::Other(what) => {
                    intake.refuse_row(Problem::new(format!("this is {what}, not an object")));
                }
                Row::Broken(why) => intake.refuse_row(Problem::new(why)),
            }
        }
        Ok(())
    }
}
