//! Rows of one kind, as an import takes them.

use std::io::{self, Write};

use serde_json::Value;

use super::piece::Piece;
use super::{ExportError, Writer, sections};
use crate::field::FieldKind;
use crate::import::formula;
use crate::manifest::words::{Words, place_of};
use crate::operation::{AnyOperation, ObjectKind, Registry};

/// Writes CSV.
pub(super) struct Table {
    of: Of,
    /// The columns: the parameters of the operation that takes the rows.
    columns: Vec<(String, FieldKind)>,
}

enum Of {
    Objects(ObjectKind),
    Section(String),
}

impl Table {
    /// Rows of groups, of projects, or of a section by its name.
    pub(super) fn new(registry: &Registry, words: &Words<'_>, of: &str) -> Result<Self, ExportError> {
        let section = |name: &str| {
            let mut sections = [ObjectKind::Group, ObjectKind::Project]
                .into_iter()
                .flat_map(|kind| &words.kind(kind).sections)
                .filter(|section| section.section.name == name);
            let first = sections.next()?;
            // Rows of two operations are no file that could be read again.
            let is_one = sections.all(|other| other.operation.name() == first.operation.name());
            is_one.then_some(first)
        };
        let (of, operation): (Of, &dyn AnyOperation) = match of {
            "groups" => (
                Of::Objects(ObjectKind::Group),
                words.kind(ObjectKind::Group).create,
            ),
            "projects" => (
                Of::Objects(ObjectKind::Project),
                words.kind(ObjectKind::Project).create,
            ),
            name => match section(name) {
                Some(section) => (Of::Section(name.to_owned()), section.operation),
                None => {
                    let mut possible = vec!["groups", "projects"];
                    possible.extend(
                        sections(registry)
                            .into_iter()
                            .filter(|name| section(name).is_some()),
                    );
                    return Err(ExportError::Unknown {
                        given: name.to_owned(),
                        possible: possible.join(", "),
                    });
                }
            },
        };
        let columns = operation
            .fields()
            .iter()
            .map(|field| (field.name.clone(), field.kind))
            .collect();
        Ok(Self { of, columns })
    }

    /// Writes the rows of an object and of all that it holds.
    fn rows(
        &self,
        kind: ObjectKind,
        object: &Piece,
        above: Option<&str>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let own = object.get("path").and_then(Piece::text).unwrap_or_default();
        let above = object.get("parent").and_then(Piece::text).or(above);
        let full_path = match above {
            Some(above) => format!("{above}/{own}"),
            None => own.to_owned(),
        };
        match &self.of {
            Of::Objects(of) if *of == kind => {
                let place = place_of(true, kind);
                let value = |name: &str| {
                    let inner = object.get("settings").and_then(|settings| settings.get(name));
                    match object.get(name).or(inner) {
                        Some(Piece::Plain(value)) if name != place => Some(value.clone()),
                        _ => above.filter(|_| name == place).map(Value::from),
                    }
                };
                self.row(value, out)?;
            }
            Of::Section(name) => {
                let entries = match object.get(name) {
                    Some(entry @ Piece::Entry(_)) => std::slice::from_ref(entry),
                    Some(list) => list.list(),
                    None => &[],
                };
                for entry in entries {
                    let Piece::Entry(entry) = entry else { continue };
                    let value = |column: &str| {
                        if column == place_of(false, kind) {
                            return Some(Value::from(full_path.as_str()));
                        }
                        let (_, value) = entry.iter().find(|(name, _)| name == column)?;
                        Some(value.clone())
                    };
                    self.row(value, out)?;
                }
            }
            Of::Objects(_) => {}
        }
        for (key, kind) in [
            ("projects", ObjectKind::Project),
            ("subgroups", ObjectKind::Group),
        ] {
            for inner in object.get(key).map(Piece::list).unwrap_or_default() {
                self.rows(kind, inner, Some(&full_path), out)?;
            }
        }
        Ok(())
    }

    fn row(&self, value: impl Fn(&str) -> Option<Value>, out: &mut dyn Write) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(out);
        for (name, kind) in &self.columns {
            let cell = match (value(name), kind) {
                (None, _) => String::new(),
                (Some(Value::String(text)), _) => text,
                (Some(Value::Array(list)), FieldKind::List) => {
                    let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                    texts.join(",")
                }
                (Some(other), _) => other.to_string(),
            };
            table.write_field(formula::escape(&cell).as_bytes())?;
        }
        table.write_record(None::<&[u8]>)?;
        table.flush()
    }
}

impl Writer for Table {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(self.columns.iter().map(|(name, _)| name))?;
        table.flush()
    }

    fn root(&mut self, group: &Piece, out: &mut dyn Write) -> io::Result<()> {
        self.rows(ObjectKind::Group, group, None, out)
    }

    fn end(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}
