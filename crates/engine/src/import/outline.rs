//! Outlines: the groups of an organisation, one to a line, each two spaces further in than the group it lies in.
//!
//! ```text
//! Acme|acme|public|Everything
//!   Platform|platform|internal
//!     Tools|tools
//!   Sites|sites|public|What people see
//! ```

use ::csv::StringRecord;
use domain::{Problem, Visibility};

use super::convert::Cell;
use super::csv::Sheet;
use super::formula::unescape;
use super::intake::Intake;
use crate::field::fold;

/// What a line makes.
pub(super) const OPERATION: &str = "create_group";

/// The cells of a line. A header may name them.
const COLUMNS: [&str; CELLS] = ["name", "path", "visibility", "description"];

/// How many cells a line has at most.
pub(super) const CELLS: usize = 4;

/// Follows from where a line stands.
const PARENT: &str = "parent";

/// Spaces from one level to the next.
const STEP: usize = 2;

/// Whether a table is an outline: it has pipes, it begins at the left with such a line or with the names of its cells,
/// and a line stands further in.
pub(super) fn is_one(text: &str) -> bool {
    let is_said = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let mut lines = text.lines().filter(is_said);
    let Some(first) = lines.next().filter(|line| !is_indented(line)) else {
        return false;
    };
    let cells: Vec<&str> = first.split('|').map(str::trim).collect();
    let is_line = || {
        (2..=CELLS).contains(&cells.len())
            && cells
                .get(2)
                .is_none_or(|cell| cell.is_empty() || cell.parse::<Visibility>().is_ok())
    };
    (is_header(&cells) || is_line()) && lines.any(is_indented)
}

fn is_indented(line: &str) -> bool {
    line.starts_with("  ") || line.starts_with('\t')
}

fn is_header(cells: &[&str]) -> bool {
    cells.len() > 1
        && cells.len() <= CELLS
        && cells.iter().zip(COLUMNS).all(|(cell, name)| fold(cell) == name)
}

/// An outline while it is read.
pub(super) struct Outline {
    /// The full paths of the groups that the next line may lie in, from the left.
    above: Vec<String>,
}

impl Outline {
    /// Begins to read, after the header if there is one. Also gives the columns: those of a line, and the parent.
    pub(super) fn open(sheet: &mut Sheet<'_>) -> (Self, impl Iterator<Item = &'static str>) {
        let header: Vec<&str> = sheet.header().iter().map(String::as_str).collect();
        if !is_header(&header) {
            sheet.has_no_header();
        }
        (Self { above: Vec::new() }, COLUMNS.into_iter().chain([PARENT]))
    }

    /// Takes a line.
    pub(super) fn take(&mut self, line: &StringRecord, intake: &mut Intake<'_>) {
        let first = line.get(0).unwrap_or_default();
        if first.trim_start().starts_with('#') {
            return;
        }
        let level = match self.level(first) {
            Ok(level) => level,
            Err(problem) => {
                intake.refuse_cell(0, problem);
                self.above.len()
            }
        };
        self.above.truncate(level);
        let cell = |number: usize| unescape(line.get(number).unwrap_or_default().trim());
        let parent = self.above.last().cloned().unwrap_or_default();
        let cells = (0..CELLS).map(cell).chain([parent.as_str()]).enumerate();
        intake.take(cells.map(|(column, text)| (column, Cell::Text(text))));
        let path = match cell(1) {
            // The line is refused for it; those below need not be.
            "" => cell(0).to_lowercase().replace(char::is_whitespace, "-"),
            path => path.to_owned(),
        };
        self.above.push(match parent.as_str() {
            "" => path,
            parent => format!("{parent}/{path}"),
        });
    }

    /// How many groups a line lies in, by what stands before its name.
    fn level(&self, name: &str) -> Result<usize, Problem> {
        let indentation = &name[..name.len() - name.trim_start().len()];
        let steps = || format!("{STEP} spaces for each group that it lies in");
        if indentation.contains(|c| c != ' ') {
            return Err(
                Problem::new("the line is indented with something else than spaces").allowed(steps()),
            );
        }
        let (level, rest) = (indentation.len() / STEP, indentation.len() % STEP);
        if rest != 0 {
            let problem = format!("the line is indented by {} spaces", indentation.len());
            return Err(Problem::new(problem).allowed(steps()));
        }
        if level > self.above.len() {
            return Err(
                Problem::new("the line is indented further than one level below the line before it")
                    .allowed(format!("at most {} spaces here", self.above.len() * STEP)),
            );
        }
        Ok(level)
    }
}
