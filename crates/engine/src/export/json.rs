//! A manifest in JSON.

use std::io::{self, Write};

use serde_json::Value;

use super::Writer;
use super::piece::Piece;
use crate::manifest::API_VERSION;

/// Writes JSON.
#[derive(Debug, Default)]
pub(super) struct Json {
    has_groups: bool,
}

impl Writer for Json {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{{\n  \"apiVersion\": \"{API_VERSION}\",\n  \"groups\": [")
    }

    fn root(&mut self, group: &Piece, out: &mut dyn Write) -> io::Result<()> {
        let comma = if std::mem::replace(&mut self.has_groups, true) {
            ","
        } else {
            ""
        };
        write!(out, "{comma}\n    ")?;
        piece(group, 2, out)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n  ]\n}}")
    }
}

fn piece(piece_: &Piece, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let indent = "  ".repeat(depth + 1);
    match piece_ {
        Piece::Plain(value) => write!(out, "{value}"),
        Piece::Entry(entries) => {
            let said: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {value}", Value::from(key.as_str())))
                .collect();
            write!(out, "{{ {} }}", said.join(", "))
        }
        Piece::List(pieces) => {
            write!(out, "[")?;
            for (number, inner) in pieces.iter().enumerate() {
                write!(out, "{}\n{indent}", if number == 0 { "" } else { "," })?;
                piece(inner, depth + 1, out)?;
            }
            write!(out, "\n{}]", "  ".repeat(depth))
        }
        Piece::Object(entries) => {
            write!(out, "{{")?;
            for (number, (key, inner)) in entries.iter().enumerate() {
                write!(out, "{}\n{indent}\"{key}\": ", if number == 0 { "" } else { "," })?;
                piece(inner, depth + 1, out)?;
            }
            write!(out, "\n{}}}", "  ".repeat(depth))
        }
    }
}
