//! A manifest in YAML, as a person would write it.

use std::io::{self, Write};

use serde_json::Value;

use super::Writer;
use super::piece::Piece;
use crate::manifest::API_VERSION;

/// Writes YAML.
#[derive(Debug, Default)]
pub(super) struct Yaml {
    has_groups: bool,
}

impl Writer for Yaml {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "apiVersion: {API_VERSION}")
    }

    fn root(&mut self, group: &Piece, out: &mut dyn Write) -> io::Result<()> {
        if !std::mem::replace(&mut self.has_groups, true) {
            writeln!(out, "groups:")?;
        }
        item(group, 1, out)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if !self.has_groups {
            writeln!(out, "groups: []")?;
        }
        Ok(())
    }
}

/// An entry of a list, indented by `depth` steps.
fn item(piece: &Piece, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    match piece {
        Piece::Object(entries) => {
            for (number, (key, piece)) in entries.iter().enumerate() {
                let lead = if number == 0 { "- " } else { "  " };
                write!(out, "{indent}{lead}{key}:")?;
                below_key(piece, depth + 1, out)?;
            }
            Ok(())
        }
        Piece::Plain(value) => writeln!(out, "{indent}- {}", plain(value)),
        Piece::Entry(entries) => writeln!(out, "{indent}- {}", entry(entries)),
        Piece::List(_) => Ok(()),
    }
}

/// What follows a key and its colon.
fn below_key(piece: &Piece, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    match piece {
        Piece::Plain(value) => writeln!(out, " {}", plain(value)),
        Piece::Entry(entries) => writeln!(out, " {}", entry(entries)),
        Piece::List(pieces) => {
            writeln!(out)?;
            pieces.iter().try_for_each(|piece| item(piece, depth + 1, out))
        }
        Piece::Object(entries) => {
            writeln!(out)?;
            let indent = "  ".repeat(depth + 1);
            entries.iter().try_for_each(|(key, piece)| {
                write!(out, "{indent}{key}:")?;
                below_key(piece, depth + 1, out)
            })
        }
    }
}

fn entry(entries: &[(String, Value)]) -> String {
    let said: Vec<String> = entries
        .iter()
        .map(|(key, value)| format!("{key}: {}", plain(value)))
        .collect();
    format!("{{ {} }}", said.join(", "))
}

/// A value on one line. JSON is YAML; a text goes without its quotes where it cannot be taken for anything else.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(list) => {
            let said: Vec<String> = list.iter().map(plain).collect();
            format!("[{}]", said.join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<(String, Value)> = entries
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            entry(&entries)
        }
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let ends = text.ends_with(|c: char| c.is_ascii_alphanumeric());
    let inside = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-' | '/' | '.'));
    let is_a_word_of_yaml = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
    );
    begins && ends && inside && !is_a_word_of_yaml
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::plain;

    #[test]
    fn a_text_is_quoted_wherever_yaml_would_read_something_else() {
        for (text, written) in [
            ("private", "private"),
            ("Web site 2.0", "Web site 2.0"),
            ("yes", "\"yes\""),
            ("007", "\"007\""),
            ("a: b", "\"a: b\""),
            ("# no comment", "\"# no comment\""),
            ("ends in space ", "\"ends in space \""),
            ("two\nlines", "\"two\\nlines\""),
            ("", "\"\""),
            ("Ärger", "\"Ärger\""),
            ("2031-12-31", "\"2031-12-31\""),
        ] {
            assert_eq!(plain(&json!(text)), written);
            let read: Value = serde_saphyr::from_str(written).unwrap();
            assert_eq!(read, json!(text), "{written}");
        }
    }
}
