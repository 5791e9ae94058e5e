use std::io::Write;

use clap::Args;
use engine::operation::Description;
use engine::operations;
use serde_json::json;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::output::results;
use crate::output::table::Table;

/// `operations`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk operations\n  \
    gitlab-bulk operations --output json | jq '.operations[].type'")]
pub(crate) struct Arguments {}

/// Lists every operation there is, as `GET /api/operations` does.
pub(crate) fn run(_: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let registry = operations::registry();
    let output = context.output();
    let mut out = results();
    match output.format() {
        Format::Json => {
            let all: Vec<Description> = registry
                .iter()
                .map(|operation| Description::of(operation.as_ref()))
                .collect();
            output.document(&json!({ "operations": all }))?;
        }
        Format::Ndjson => {
            for operation in registry.iter() {
                serde_json::to_writer(&mut out, &Description::of(operation.as_ref()))?;
                writeln!(out)?;
            }
        }
        Format::Csv => {
            let mut table = csv::Writer::from_writer(&mut out);
            table.write_record(["name", "title", "items", "permission", "destructive", "undoable"])?;
            for operation in registry.iter() {
                table.write_record([
                    operation.name(),
                    operation.title(),
                    operation.items(),
                    operation.permission().name(),
                    &operation.destructive().to_string(),
                    &operation.undoable().to_string(),
                ])?;
            }
            table.flush()?;
        }
        Format::Text => {
            let mut table = Table::new(["OPERATION", "FILES OF", "NEEDS", "WHAT IT DOES"]);
            for operation in registry.iter() {
                table.row([
                    operation.name().to_owned(),
                    operation.items().to_owned(),
                    operation.permission().name().to_owned(),
                    operation.title().to_owned(),
                ]);
            }
            table.write(&mut out)?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}
