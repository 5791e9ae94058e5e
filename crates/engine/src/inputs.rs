//! What is kept of an input with its job, so that its rows can be written out again as they were given.
//!
//! The columns are kept once per table. Of a row only those cells are kept that its item's parameters do not
//! tell: a level that was given as `Developer`, a cell that was empty where a default stands now, a column that
//! nothing is known of. Of secrets nothing is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::field::{Field, fold};

/// The tables that the items of a job were read from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inputs(pub(crate) Vec<InputTable>);

/// A table: a file, a sheet of a workbook, a list of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct InputTable {
    /// What people call it: `groups.csv`.
    pub(crate) name: String,
    /// In its order.
    pub(crate) columns: Vec<InputColumn>,
}

/// A column of a table, or a key of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct InputColumn {
    /// As it is written.
    pub(crate) name: String,
    /// The parameter it gives, if it gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// Its cells are not kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) secret: bool,
}

impl InputColumn {
    /// A column that gives this field, or none.
    pub(crate) fn new(name: &str, field: Option<&Field>) -> Self {
        Self {
            name: name.to_owned(),
            field: field.map(|field| field.name.clone()),
            secret: field.map_or_else(|| sounds_secret(name), |field| field.secret),
        }
    }
}

/// Whether a column that nothing is known of is better not kept.
fn sounds_secret(name: &str) -> bool {
    let name = fold(name);
    [
        "token",
        "password",
        "passwd",
        "passphrase",
        "secret",
        "credential",
        "apikey",
        "privatekey",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// Which table a row is of, and those of its cells that the parameters do not tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct InputRow(
    pub(crate) usize,
    #[serde(default)] pub(crate) BTreeMap<usize, String>,
);

impl InputRow {
    /// Of these cells of a row whose item has these parameters. `several`: the row stands for several items, so
    /// that what it names several of is told by each item's own parameters.
    pub(crate) fn of(
        number: usize,
        table: &InputTable,
        fields: &[Field],
        cells: Vec<String>,
        params: &Map<String, Value>,
        several: bool,
    ) -> Self {
        let names_several = |column: &InputColumn| {
            let mut of_row = fields.iter().filter(|field| several && field.several);
            of_row.any(|field| Some(&field.name) == column.field.as_ref())
        };
        let cells = cells.into_iter().zip(&table.columns).enumerate();
        let kept = cells.filter_map(|(number, (cell, column))| {
            if column.secret {
                // Only that there was something.
                return (!cell.trim().is_empty()).then(|| (number, String::new()));
            }
            let is_told = names_several(column) || cell == told(column, params);
            (!is_told).then_some((number, cell))
        });
        Self(number, kept.collect())
    }

    /// As it is stored.
    pub(crate) fn store(&self) -> Option<Box<RawValue>> {
        to_raw_value(self).ok()
    }

    /// As it was stored.
    pub(crate) fn read(stored: &RawValue) -> Option<Self> {
        serde_json::from_str(stored.get()).ok()
    }

    /// What this column of the row said; nothing where it is secret.
    pub(crate) fn cell(&self, number: usize, column: &InputColumn, params: &Map<String, Value>) -> String {
        match self.1.get(&number) {
            _ if column.secret => String::new(),
            Some(cell) => cell.clone(),
            None => told(column, params),
        }
    }

    /// Whether this column of the row held a secret, which was not kept.
    pub(crate) fn lacks(&self, number: usize, column: &InputColumn) -> bool {
        column.secret && self.1.contains_key(&number)
    }
}

/// What the parameters tell of a column.
fn told(column: &InputColumn, params: &Map<String, Value>) -> String {
    let value = column.field.as_ref().and_then(|field| params.get(field));
    value.map(written).unwrap_or_default()
}

/// A value as a table has it: lists with commas, everything else as it is written.
pub(crate) fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.iter().all(|value| !value.is_object() && !value.is_array()) => {
            values.iter().map(written).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(cells: [&str; 4], params: &Value) -> InputRow {
        let column = |name: &str, field: Option<&str>| InputColumn {
            name: name.to_owned(),
            field: field.map(str::to_owned),
            secret: sounds_secret(name),
        };
        let table = InputTable {
            name: "members.csv".to_owned(),
            columns: vec![
                column("Login", Some("username")),
                column("Role", Some("access_level")),
                column("remark", None),
                column("Runner Token", None),
            ],
        };
        let cells = cells.map(str::to_owned).to_vec();
        let params = params.as_object().unwrap();
        let row = InputRow::of(0, &table, &[], cells.clone(), params, false);
        let back: Vec<String> = (0..)
            .zip(&table.columns)
            .map(|(n, c)| row.cell(n, c, params))
            .collect();
        assert_eq!(back[..3], cells[..3], "what is kept tells every cell");
        assert_eq!(back[3], "", "and no secret");
        row
    }

    #[test]
    fn of_a_row_only_what_the_parameters_do_not_tell_is_kept() {
        let params = json!({"username": "ada", "access_level": 30, "expires_at": null});
        assert_eq!(row(["ada", "30", "", ""], &params).1, BTreeMap::new());
        assert_eq!(
            row(["ada", "Developer", "since May", ""], &params)
                .store()
                .unwrap()
                .get(),
            r#"[0,{"1":"Developer","2":"since May"}]"#
        );
        // That there was a secret is known, and nothing else of it.
        let row_with_secret = row(["ada", "30", "", "glpat-x"], &params);
        assert_eq!(row_with_secret.1, BTreeMap::from([(3, String::new())]));
        // A default stands where nothing was given.
        assert_eq!(
            row(["ada", "", "", ""], &params).1,
            BTreeMap::from([(1, String::new())])
        );
    }
}
