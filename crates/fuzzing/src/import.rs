use std::collections::BTreeMap;

use engine::import::{ImportOptions, Imported, InputFile, formula, read_files};
use serde_json::{Value, json};

use crate::problems::{judge, judge_order};
use crate::registry::{TODAY, registry};
use crate::{choose, job_body};

const KINDS: [Option<&str>; 8] = [
    None,
    Some("create_group"),
    Some("create_project"),
    Some("add_member"),
    Some("update_project"),
    Some("set_variable"),
    Some("create_label"),
    Some("protect_branch"),
];

/// Tables with commas, semicolons, tabs or pipes.
pub(crate) fn table(data: &[u8]) {
    read(data, &["a.csv", "a.tsv", "-"]);
    if let Ok(cell) = std::str::from_utf8(data) {
        let written = formula::escape(cell);
        assert!(
            !written.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']),
            "{written:?} runs"
        );
        assert_eq!(formula::unescape(&written), cell);
    }
}

/// JSON and NDJSON.
pub(crate) fn rows(data: &[u8]) {
    read(data, &["a.json", "a.ndjson"]);
}

/// YAML.
pub(crate) fn yaml(data: &[u8]) {
    read(data, &["a.yaml"]);
}

/// The first byte says what the file holds and what it is called.
fn read(data: &[u8], names: &[&str]) {
    let Some((choice, bytes)) = choose(data) else {
        return;
    };
    read_file(
        choice % KINDS.len(),
        names[choice / KINDS.len() % names.len()],
        bytes,
    );
}

/// Reads a file of this name as one that holds the kind of this number.
pub(crate) fn read_file(kind: usize, name: &str, bytes: &[u8]) {
    let options = ImportOptions {
        kind: KINDS[kind % KINDS.len()].map(str::to_owned),
        mapping: BTreeMap::new(),
        skip_invalid: false,
        today: TODAY,
    };
    let files = [InputFile::new(name, bytes)];
    match read_files(registry(), &files, &options) {
        Ok(imported) => {
            assert!(
                !imported.items.is_empty(),
                "nothing was read, and nothing was wrong"
            );
            read_again(&imported);
        }
        Err(refused) => {
            judge(&refused.0, bytes);
            judge_order(&refused.0);
            // That there is nothing at all is true of all files together.
            let is_alone = refused.0.len() == 1;
            let named = |problem: &domain::Problem| is_alone || problem.file.as_deref() == Some(name);
            assert!(refused.0.iter().all(named), "a problem of no file: {refused:?}");
            set_aside(&files, options, bytes);
        }
    }
}

/// What is wrong with rows does not keep the others out, when it was asked for so.
fn set_aside(files: &[InputFile], options: ImportOptions, bytes: &[u8]) {
    let options = ImportOptions {
        skip_invalid: true,
        ..options
    };
    match read_files(registry(), files, &options) {
        Ok(imported) => {
            judge(&imported.skipped, bytes);
            read_again(&imported);
        }
        Err(refused) => judge(&refused.0, bytes),
    }
}

/// What was understood, given as a body, is understood the same.
fn read_again(imported: &Imported) {
    let Some(operation) = job_body::of_one_kind(&imported.items) else {
        return;
    };
    let items: Vec<&serde_json::value::RawValue> = imported.items.iter().map(|item| &*item.params).collect();
    let items: Vec<Value> = items
        .into_iter()
        .map(|params| serde_json::from_str(params.get()).expect("parameters are JSON"))
        .collect();
    job_body::expect_same(operation, &json!({ "items": items }), &imported.items);
}
