//! Every problem of an input, at once.

use std::fmt::Write as _;
use std::io::Write;

use domain::Problem;

use crate::failure::Failure;

/// For people: grouped by file, each with row, column, what was found and what is allowed.
pub(super) fn text(problems: &[Problem]) -> String {
    let mut text = String::new();
    let mut before: Option<&Option<String>> = None;
    for problem in problems {
        if before != Some(&problem.file) {
            if let Some(file) = &problem.file {
                let _ = writeln!(text, "{file}");
            }
            before = Some(&problem.file);
        }
        let without_file = Problem {
            file: None,
            ..problem.clone()
        };
        let _ = writeln!(text, "  {without_file}");
    }
    text
}

/// For spreadsheets.
pub(super) fn csv(problems: &[Problem], out: impl Write) -> Result<(), Failure> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["file", "row", "column", "value", "allowed", "message"])?;
    for problem in problems {
        let row = problem.row.map(|row| row.to_string());
        let column = problem.column.as_deref().or(problem.field.as_deref());
        table.write_record([
            problem.file.as_deref().unwrap_or_default(),
            row.as_deref().unwrap_or_default(),
            column.unwrap_or_default(),
            problem.value.as_deref().unwrap_or_default(),
            problem.allowed.as_deref().unwrap_or_default(),
            &problem.message,
        ])?;
    }
    Ok(table.flush()?)
}
