//! JSON with the place of every value.
//!
//! The parser tells no places. But a raw value is a piece of the very text that it was read from, and where that
//! piece begins is where the value stands.

use std::fmt;

use domain::Problem;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::node::{Content, Key, MAX_DEPTH, Mark, Node};

/// Reads one JSON document.
///
/// # Errors
/// It is none, or it is deeper than [`MAX_DEPTH`]: the problem says where.
pub(super) fn read(text: &str) -> Result<Node, Problem> {
    let not_json = |error: serde_json::Error| Problem::new(format!("the file is not JSON: {error}"));
    let whole: &RawValue = serde_json::from_str(text).map_err(not_json)?;
    let places = Places::of(text);
    places.node(whole, 0)
}

/// A value that has been read already; it has no places.
pub(super) fn without_places(value: &Value) -> Node {
    let value = match value {
        Value::Null => Content::Null,
        Value::Bool(flag) => Content::Bool(*flag),
        Value::Number(number) => Content::Number(number.clone()),
        Value::String(text) => Content::Text(text.clone()),
        Value::Array(list) => Content::List(list.iter().map(without_places).collect()),
        Value::Object(entries) => Content::Object(
            entries
                .iter()
                .map(|(name, value)| {
                    let key = Key {
                        name: name.clone(),
                        at: Mark::UNKNOWN,
                    };
                    (key, without_places(value))
                })
                .collect(),
        ),
    };
    Node {
        value,
        at: Mark::UNKNOWN,
    }
}

/// A text, and where its lines begin.
struct Places<'t> {
    text: &'t str,
    lines: Vec<usize>,
}

impl<'t> Places<'t> {
    fn of(text: &'t str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            text,
            lines: std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect(),
        }
    }

    /// Where a piece of the text begins.
    fn mark(&self, piece: &str) -> Mark {
        let offset = (piece.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let line = self.lines.partition_point(|begin| *begin <= offset);
        let begin = self.lines[line.saturating_sub(1)];
        let before = self.text.get(begin..offset).unwrap_or_default();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Mark {
            line: number(line),
            character: number(before.chars().count() + 1),
        }
    }

    fn node(&self, raw: &'t RawValue, depth: usize) -> Result<Node, Problem> {
        let at = self.mark(raw.get());
        let fail = |error: serde_json::Error| {
            Problem::new(format!("the file is not JSON: {error}")).position(at.line, at.character)
        };
        if depth > MAX_DEPTH {
            return Err(
                Problem::new(format!("deeper than {MAX_DEPTH} levels")).position(at.line, at.character)
            );
        }
        let value = match raw.get().as_bytes().first() {
            Some(b'{') => {
                let entries: Entries<'t> = serde_json::from_str(raw.get()).map_err(fail)?;
                let entries = entries.0.into_iter().map(|(name, raw)| {
                    let node = self.node(raw, depth + 1)?;
                    Ok((Key { name, at: node.at }, node))
                });
                Content::Object(entries.collect::<Result<_, Problem>>()?)
            }
            Some(b'[') => {
                let list: Vec<&'t RawValue> = serde_json::from_str(raw.get()).map_err(fail)?;
                let list = list.into_iter().map(|raw| self.node(raw, depth + 1));
                Content::List(list.collect::<Result<_, Problem>>()?)
            }
            _ => without_places(&serde_json::from_str(raw.get()).map_err(fail)?).value,
        };
        Ok(Node { value, at })
    }
}

/// The entries of an object in their order, also those of a key that occurs twice.
struct Entries<'t>(Vec<(String, &'t RawValue)>);

impl<'t> Deserialize<'t> for Entries<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'t> Visitor<'t> for InOrder {
            type Value = Entries<'t>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'t>>(self, mut object: A) -> Result<Entries<'t>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = object.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
