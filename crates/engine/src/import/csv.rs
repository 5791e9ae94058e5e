//! Tables of text: comma, semicolon, tab or pipe between the cells, found by itself.

use std::io::Read;

use csv::{Reader, ReaderBuilder, StringRecord};
use domain::Problem;

use super::columns::MOST_COLUMNS;
use super::formula::unescape;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Read after the end of the text. When it turns up inside a cell, that cell's quote was never closed,
/// which the reader does not tell otherwise.
const END: &str = "\u{1}end of input\u{1}";

type Text<'t> = std::io::Chain<std::io::Chain<&'t [u8], &'static [u8]>, &'static [u8]>;

/// A table, read row by row.
pub(super) struct Sheet<'t> {
    reader: Reader<Text<'t>>,
    length: u64,
    record: StringRecord,
    /// The first record was no header: it is the next row.
    pending: bool,
    header: Vec<String>,
    delimiter: u8,
}

impl<'t> Sheet<'t> {
    /// Reads up to the header: the first line that is neither empty nor a comment. The delimiter is the
    /// one that makes the most known names of it, or, where none is known, the most cells.
    ///
    /// # Errors
    /// There is nothing but comments, or the header opens a quote and never closes it.
    pub(super) fn open(text: &'t str, is_known: impl Fn(&str) -> bool) -> Result<Self, Problem> {
        let (delimiters, text) = stated_delimiter(text);
        let mut best: Option<((usize, usize), Self)> = None;
        let mut refused = Problem::new("the file is empty");
        for delimiter in delimiters {
            let sheet = match Self::with(text, delimiter) {
                Ok(sheet) => sheet,
                Err(problem) => {
                    refused = problem;
                    continue;
                }
            };
            let looked_at = sheet.header.iter().take(MOST_COLUMNS);
            let known = looked_at.filter(|name| is_known(name)).count();
            let score = (known, sheet.header.len());
            if best.as_ref().is_none_or(|(best, _)| score > *best) {
                best = Some((score, sheet));
            }
        }
        best.map(|(_, sheet)| sheet).ok_or(refused)
    }

    /// A table with pipes between its cells.
    ///
    /// # Errors
    /// As [`Sheet::open`].
    pub(super) fn piped(text: &'t str) -> Result<Self, Problem> {
        Self::with(text, b'|')
    }

    fn with(text: &'t str, delimiter: u8) -> Result<Self, Problem> {
        let end: &'static [u8] = END.as_bytes();
        let newline: &'static [u8] = b"\n";
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .comment(Some(b'#'))
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes().chain(newline).chain(end));
        let mut sheet = Self {
            reader,
            length: text.len() as u64,
            record: StringRecord::new(),
            pending: false,
            header: Vec::new(),
            delimiter,
        };
        match sheet.advance() {
            None => return Err(Problem::new("the file holds nothing but comments")),
            Some(Err(problem)) => return Err(problem),
            Some(Ok(())) => {}
        }
        sheet.header = sheet
            .record
            .iter()
            .map(|name| unescape(name.trim()).to_owned())
            .collect();
        Ok(sheet)
    }

    /// The cells of the first record.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    pub(super) fn is_piped(&self) -> bool {
        self.delimiter == b'|'
    }

    /// Says that the first record was data: it becomes the first row.
    pub(super) fn has_no_header(&mut self) {
        self.pending = true;
    }

    /// The cells of the next row, not trimmed.
    ///
    /// # Errors
    /// The row opens a quote that is never closed; there is no row after it.
    pub(super) fn next_row(&mut self) -> Option<Result<&StringRecord, Problem>> {
        if std::mem::take(&mut self.pending) {
            return Some(Ok(&self.record));
        }
        match self.advance()? {
            Ok(()) => Some(Ok(&self.record)),
            Err(problem) => Some(Err(problem)),
        }
    }

    fn advance(&mut self) -> Option<Result<(), Problem>> {
        match self.reader.read_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => return Some(Err(Problem::new(error.to_string()))),
        }
        if self.reader.position().byte() <= self.length {
            return Some(Ok(()));
        }
        match self.record.get(self.record.len().saturating_sub(1)) {
            Some(END) if self.record.len() == 1 => None,
            Some(cell) if cell.ends_with(END) => {
                let line = self.record.position().map_or(1, csv::Position::line);
                Some(Err(Problem::new(format!(
                    "the row from line {line} on opens a quote and never closes it"
                ))
                .allowed("a closing quote; a quote inside quotes is written twice")))
            }
            _ => Some(Ok(())),
        }
    }
}

/// The line `sep=;` that a spreadsheet may write first is an instruction, not data.
fn stated_delimiter(text: &str) -> (Vec<u8>, &str) {
    if let Some(rest) = text.strip_prefix("sep=")
        && let [delimiter, end @ (b'\r' | b'\n'), ..] = rest.as_bytes()
        && DELIMITERS.contains(delimiter)
    {
        let line = if *end == b'\r' { "\r\n" } else { "\n" };
        return (
            vec![*delimiter],
            rest[1..].strip_prefix(line).unwrap_or(&rest[2..]),
        );
    }
    (DELIMITERS.to_vec(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Header and rows; a problem stands as a row of its message.
    fn read(text: &str) -> Vec<Vec<String>> {
        let known = |name: &str| ["name", "path", "parent"].contains(&name);
        let mut sheet = match Sheet::open(text, known) {
            Ok(sheet) => sheet,
            Err(problem) => return vec![vec![problem.message]],
        };
        let mut rows = vec![sheet.header().to_vec()];
        while let Some(row) = sheet.next_row() {
            rows.push(match row {
                Ok(record) => record.iter().map(str::to_owned).collect(),
                Err(problem) => vec![problem.message],
            });
        }
        rows
    }

    #[test]
    fn every_delimiter_is_found_by_itself() {
        for delimiter in [",", ";", "\t", "|"] {
            let text = format!("name{delimiter}path\n\"a, b; c | d\te\"{delimiter}x\n");
            assert_eq!(
                read(&text),
                [vec!["name", "path"], vec!["a, b; c | d\te", "x"]],
                "{delimiter:?}"
            );
        }
    }

    #[test]
    fn known_names_weigh_more_than_the_number_of_cells() {
        assert_eq!(
            read("name;path;what, why, when, where\n"),
            [vec!["name", "path", "what, why, when, where"]]
        );
    }

    #[test]
    fn comments_blank_lines_and_line_endings_do_not_matter() {
        assert_eq!(
            read("# first\r\n\r\nname,path\r\n\r\n# second, \"third\r\na,b\r\n# last"),
            [vec!["name", "path"], vec!["a", "b"]]
        );
    }

    #[test]
    fn a_quoted_cell_keeps_its_line_breaks_and_its_quotes() {
        assert_eq!(
            read("name,path\n\"two\nlines and a \"\"quote\"\"\",x\n"),
            [vec!["name", "path"], vec!["two\nlines and a \"quote\"", "x"]]
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_is_an_error_and_not_one_long_cell() {
        assert_eq!(
            read("name,path\na,b\nc,\"d\ne,f\n"),
            [
                vec!["name", "path"],
                vec!["a", "b"],
                vec!["the row from line 3 on opens a quote and never closes it"]
            ]
        );
    }

    #[test]
    fn the_separator_line_of_a_spreadsheet_is_obeyed() {
        assert_eq!(
            read("sep=;\r\nname;path\r\na,b;c\r\n"),
            [vec!["name", "path"], vec!["a,b", "c"]]
        );
    }

    #[test]
    fn a_file_of_comments_holds_nothing() {
        assert_eq!(
            read("# name,path\n\n"),
            [vec!["the file holds nothing but comments"]]
        );
    }
}
