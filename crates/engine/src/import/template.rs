//! A filled example of each operation's items: what a person downloads, changes and imports.

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use super::convert::{Cell, convert};
use super::formula;
use crate::field::{Field, FieldKind};
use crate::operation::AnyOperation;

/// A format that a template can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum TemplateFormat {
    /// A header and a row, comma between the cells.
    Csv,
    /// A list of one item, with a comment for each field.
    Yaml,
    /// A list of one item.
    Json,
}

impl std::str::FromStr for TemplateFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "csv" => Ok(Self::Csv),
            "yaml" => Ok(Self::Yaml),
            "json" => Ok(Self::Json),
            _ => Err(UnknownFormat(text.to_owned())),
        }
    }
}

/// The text names no format of a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a format of a template; allowed: csv, yaml, json")]
pub struct UnknownFormat(pub String);

/// Writes the template of an operation. What it holds can be imported as it is.
pub fn template(operation: &dyn AnyOperation, format: TemplateFormat) -> String {
    match format {
        TemplateFormat::Csv => csv(operation.fields()),
        TemplateFormat::Yaml => yaml(operation),
        TemplateFormat::Json => json(operation),
    }
}

fn csv(fields: &[Field]) -> String {
    let header = fields.iter().map(|field| field.name.as_str());
    let row = fields
        .iter()
        .map(|field| field.example.as_deref().unwrap_or_default());
    [line(header), line(row)].concat()
}

fn line<'c>(cells: impl Iterator<Item = &'c str>) -> String {
    let cells: Vec<String> = cells
        .map(|cell| {
            let cell = formula::escape(cell);
            if cell.contains(['"', ',', '\n', '\r']) || cell.starts_with('#') {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.into_owned()
            }
        })
        .collect();
    cells.join(",") + "\n"
}

fn yaml(operation: &dyn AnyOperation) -> String {
    let mut text = format!("# {}\n{}:\n", operation.title(), operation.items());
    let mut lead = "  -";
    for field in operation.fields() {
        let required = if field.required { " Required." } else { "" };
        let help = format!("{}{required}", field.help.replace('\n', " "));
        let line = match example(field) {
            // JSON is YAML, and its quotes keep `yes` and `2031-12-31` the texts they are.
            Some(value) => format!("{lead} {}: {value}  # {help}\n", field.name),
            None => format!("    # {}:  {help}\n", field.name),
        };
        if field.example.is_some() {
            lead = "   ";
        }
        text.push_str(&line);
    }
    text
}

fn json(operation: &dyn AnyOperation) -> String {
    let item = InOrder(
        operation
            .fields()
            .iter()
            .filter_map(|field| Some((field.name.as_str(), example(field)?)))
            .collect(),
    );
    let list = InOrder(vec![(operation.items(), [item])]);
    serde_json::to_string_pretty(&list).unwrap_or_default() + "\n"
}

/// The example as JSON says it: levels and dates by their text, lists as lists.
fn example(field: &Field) -> Option<Value> {
    let text = field.example.as_deref()?;
    match field.kind {
        FieldKind::Flag | FieldKind::Number | FieldKind::List => convert(field, Cell::Text(text)).ok()?,
        _ => Some(text.into()),
    }
}

/// An object whose keys stay in their order.
struct InOrder<'k, V>(Vec<(&'k str, V)>);

impl<V: Serialize> Serialize for InOrder<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}
