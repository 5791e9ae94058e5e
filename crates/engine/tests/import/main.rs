//! From files and bodies to validated items, as people and programs give them.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

mod bodies;
mod bounds;
mod columns;
mod formats;
mod lists;
mod manifest;
mod mistakes;
mod neighbours;
mod properties;
mod sample;
mod templates;
mod workbooks;

use domain::{Problem, Problems, Timestamp};
use engine::import::{ImportOptions, Imported, InputFile, read_files};
use engine::operations::registry;

/// 22 November 2026.
fn today() -> Timestamp {
    Timestamp::parse("2026-11-22T13:00:00Z").unwrap()
}

fn options() -> ImportOptions {
    ImportOptions {
        kind: None,
        mapping: std::collections::BTreeMap::new(),
        skip_invalid: false,
        today: today(),
    }
}

fn of_kind(kind: &str) -> ImportOptions {
    ImportOptions {
        kind: Some(kind.into()),
        ..options()
    }
}

fn import(files: &[(&str, &str)], options: &ImportOptions) -> Result<Imported, Problems> {
    let files: Vec<InputFile> = files
        .iter()
        .map(|(name, text)| InputFile::new(*name, text.as_bytes()))
        .collect();
    read_files(&registry(), &files, options)
}

/// What was understood: one line per item, then the warnings.
fn understood(files: &[(&str, &str)], options: &ImportOptions) -> Vec<String> {
    match import(files, options) {
        Ok(imported) => {
            let items = imported
                .items
                .iter()
                .map(|item| format!("{} {}", item.operation, item.params.get()));
            let warnings = imported
                .warnings
                .iter()
                .map(|problem| format!("warning: {problem}"));
            items.chain(warnings).collect()
        }
        Err(problems) => refused(&problems),
    }
}

fn refused(problems: &Problems) -> Vec<String> {
    problems.0.iter().map(Problem::to_string).collect()
}
