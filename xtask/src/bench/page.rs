use std::fmt;
use std::process::ExitCode;

use anyhow::Result;

use super::machine::Machine;
use super::table::Table;
use crate::workspace::Workspace;

/// What a benchmark found: a page of `docs/benchmarks/`.
pub(crate) struct Page {
    /// The file, without its folder and ending.
    name: &'static str,
    text: String,
    /// Figures that do not hold, a line each.
    broken: Vec<String>,
}

impl Page {
    /// A page with this title; `how` says what was measured, and with which command.
    pub(crate) fn of(
        name: &'static str,
        title: &str,
        how: &str,
        machine: &Machine,
        tables: &[Table],
    ) -> Self {
        let mut text = format!("# {title}\n\n{how}\n\n{machine}\n");
        for table in tables {
            text.push('\n');
            text.push_str(&table.to_string());
        }
        Self {
            name,
            text,
            broken: tables.iter().flat_map(Table::broken).collect(),
        }
    }

    /// Keeps the page if it is to be written, and tells what does not hold; with `check` that is a failure.
    pub(crate) fn end(&self, workspace: &Workspace, write: bool, check: bool) -> Result<ExitCode> {
        if write {
            let file = workspace.root.join(format!("docs/benchmarks/{}.md", self.name));
            std::fs::write(&file, &self.text)?;
            println!("written to {}", file.display());
        }
        for line in &self.broken {
            eprintln!("does not hold: {line}");
        }
        Ok(if check && !self.broken.is_empty() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

/// As Markdown, which a terminal shows as well.
impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
