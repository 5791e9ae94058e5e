//! Workbooks of spreadsheets (XLSX), sheet by sheet and row by row.
//!
//! A workbook is an archive: what it unpacks to is measured before anything of it is believed, and within that its
//! rows are read as they come, so that a sheet takes the memory of one row beside the texts that its cells share.

use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use domain::Problem;
use zip::ZipArchive;

/// Most bytes that all parts of a workbook unpack to: some 500,000 rows of ten columns.
const MOST_UNPACKED: u64 = 256 * 1024 * 1024;
/// Most parts of a workbook; an ordinary one has a dozen.
const MOST_PARTS: usize = 5_000;
/// Most columns of a sheet. Operations have a hundred fields at most.
const MOST_COLUMNS: u32 = 1_000;

type Archive<'b> = Xlsx<Cursor<&'b [u8]>>;

/// A workbook, measured and opened.
pub(super) struct Workbook<'b> {
    archive: Archive<'b>,
}

/// A row of a sheet.
pub(super) struct SheetRow {
    /// From 1, as the spreadsheet numbers it.
    pub(super) number: u32,
    /// Up to the last one that holds something; with the reason where a cell holds no value.
    pub(super) cells: Vec<Result<String, Problem>>,
}

impl SheetRow {
    pub(super) fn is_empty(&self) -> bool {
        let is_blank = |cell: &Result<String, Problem>| matches!(cell, Ok(text) if text.trim().is_empty());
        self.cells.iter().all(is_blank)
    }
}

impl<'b> Workbook<'b> {
    /// Whether these bytes are an archive, and so a workbook or nothing that can be read.
    pub(super) fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(b"PK\x03\x04")
    }

    /// # Errors
    /// It is no workbook, is damaged, or unpacks to more than is good for us.
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, Problem> {
        measure(bytes, MOST_UNPACKED)?;
        let archive = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
        Ok(Self { archive })
    }

    /// The names of the sheets that a person sees.
    pub(super) fn sheets(&self) -> Vec<String> {
        let sheets = self.archive.sheets_metadata().iter();
        let seen = sheets
            .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible);
        seen.map(|sheet| sheet.name.clone()).collect()
    }

    /// The first row of a sheet that holds anything.
    ///
    /// # Errors
    /// As [`Workbook::each_row`].
    pub(super) fn first_row(&mut self, sheet: &str) -> Result<Option<SheetRow>, Problem> {
        let mut first = None;
        self.each_row(sheet, |row| {
            first = Some(row);
            false
        })?;
        Ok(first)
    }

    /// Hands over the rows of a sheet that hold anything, in order, until `take` says that it is enough.
    ///
    /// # Errors
    /// The sheet is damaged or too wide; the rows before that were handed over.
    pub(super) fn each_row(
        &mut self,
        sheet: &str,
        mut take: impl FnMut(SheetRow) -> bool,
    ) -> Result<(), Problem> {
        let mut reader = match self.archive.worksheet_cells_reader(sheet) {
            Ok(reader) => reader,
            Err(error) => return Err(damaged(&error)),
        };
        let mut row = SheetRow {
            number: 0,
            cells: Vec::new(),
        };
        while let Some(cell) = reader.next_cell().map_err(|error| damaged(&error))? {
            let (number, column) = cell.get_position();
            let number = number.saturating_add(1);
            if matches!(cell.get_value(), DataRef::Empty) {
                continue;
            }
            if column >= MOST_COLUMNS {
                return Err(Problem::new(format!(
                    "the sheet is wider than {MOST_COLUMNS} columns: row {number}"
                ))
                .allowed(format!("{MOST_COLUMNS} columns")));
            }
            if number != row.number {
                if number < row.number {
                    return Err(Problem::new(format!(
                        "the sheet is damaged: row {number} comes too late"
                    )));
                }
                let width = row.cells.len();
                let next = SheetRow {
                    number,
                    cells: Vec::with_capacity(width),
                };
                let complete = std::mem::replace(&mut row, next);
                if !complete.is_empty() && !take(complete) {
                    return Ok(());
                }
            }
            let column = column as usize;
            if row.cells.len() <= column {
                row.cells.resize_with(column + 1, || Ok(String::new()));
            }
            row.cells[column] = text(cell.get_value());
        }
        if !row.is_empty() {
            take(row);
        }
        Ok(())
    }
}

/// Unpacks everything once without keeping it: what an archive says of its own size is only a claim.
fn measure(bytes: &[u8], most: u64) -> Result<(), Problem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| Problem::new(format!("the workbook is damaged: {error}")))?;
    let is_workbook = (0..archive.len()).any(|number| {
        let part = archive.by_index_raw(number);
        part.is_ok_and(|part| {
            part.name()
                .is_ok_and(|name| name.eq_ignore_ascii_case("xl/workbook.xml"))
        })
    });
    if !is_workbook {
        return Err(
            Problem::new("the file is an archive, and no XLSX workbook").allowed(
                "XLSX, CSV, JSON, NDJSON or YAML; other spreadsheets can be saved as XLSX or as CSV (UTF-8)",
            ),
        );
    }
    if archive.len() > MOST_PARTS {
        return Err(too_large());
    }
    let mut left = most;
    for number in 0..archive.len() {
        let part = archive
            .by_index(number)
            .map_err(|error| Problem::new(format!("the workbook is damaged: {error}")))?;
        let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink())
            .map_err(|error| Problem::new(format!("the workbook is damaged: {error}")))?;
        left = left.checked_sub(size).ok_or_else(too_large)?;
    }
    Ok(())
}

fn too_large() -> Problem {
    Problem::new("the workbook unpacks to more than can be read").allowed(format!(
        "{} MB unpacked; larger tables as CSV",
        MOST_UNPACKED / 1024 / 1024
    ))
}

fn damaged(error: &XlsxError) -> Problem {
    match error {
        XlsxError::Password => {
            Problem::new("the workbook is protected by a password").allowed("a workbook without one")
        }
        error => Problem::new(format!("the workbook is damaged: {error}")),
    }
}

/// A cell as a person would type it.
fn text(value: &DataRef<'_>) -> Result<String, Problem> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::Int(number) => number.to_string(),
        // `30` is kept as 30.0 and shown as 30.
        DataRef::Float(number) => number.to_string(),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) {
                date
            } else {
                format!("{date} {hour:02}:{minute:02}:{second:02}")
            }
        }
        DataRef::DateTime(duration) => duration.as_f64().to_string(),
        DataRef::Error(error) => {
            return Err(
                Problem::new("the cell holds an error of the spreadsheet, and no value")
                    .value(&error.to_string())
                    .allowed("a value, or a formula that gives one"),
            );
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A workbook of two parts with so many letters each.
    fn packed(letters: usize) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["xl/workbook.xml", "xl/worksheets/sheet1.xml"] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(&vec![b'x'; letters]).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn what_unpacks_to_more_than_allowed_is_not_opened_whatever_it_says_of_itself() {
        let mut bomb = packed(100_000);
        assert!(bomb.len() < 1_500, "{}", bomb.len());
        assert_eq!(measure(&bomb, 200_000), Ok(()));
        assert_eq!(measure(&bomb, 199_999), Err(too_large()));
        // Both headers of each part say 1 in the place of 100,000.
        let claim = 100_000_u32.to_le_bytes();
        let places: Vec<usize> = (0..bomb.len() - 4)
            .filter(|at| bomb[*at..at + 4] == claim)
            .collect();
        assert!(!places.is_empty());
        for place in places {
            bomb[place..place + 4].copy_from_slice(&1_u32.to_le_bytes());
        }
        assert!(measure(&bomb, 1_000).is_err(), "a claim is no measure");
    }
}
