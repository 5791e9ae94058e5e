//! JSON with the place of every value.
//!
//! The parser tells no places. But a raw value is a piece of the very text that it was read from, and where that
//! piece begins is where the value stands.

use std::cell::Cell;
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
    /// The last place that was asked for: its offset, and the characters before it in its line. Places are asked for
    /// in the order of the text, so that a line of megabytes is counted once and not anew for every value in it.
    last: Cell<(usize, usize)>,
}

impl<'t> Places<'t> {
    fn of(text: &'t str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            text,
            lines: std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect(),
            last: Cell::new((0, 0)),
        }
    }

    /// Where a piece of the text begins.
    fn mark(&self, piece: &str) -> Mark {
        let offset = (piece.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let line = self.lines.partition_point(|begin| *begin <= offset);
        let begin = self.lines[line.saturating_sub(1)];
        let (from, counted) = match self.last.get() {
            (last, counted) if (begin..=offset).contains(&last) => (last, counted),
            _ => (begin, 0),
        };
        let between = self.text.get(from..offset).unwrap_or_default();
        let before = counted + between.chars().count();
        self.last.set((offset, before));
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Mark {
            line: number(line),
            character: number(before + 1),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_line_of_megabytes_is_given_its_place() {
        // Counted from the beginning of the line for each of them, it would take hours.
        let text = format!("[{}\"é\", 7]", "1,".repeat(2_000_000));
        let node = read(&text).unwrap();
        let Content::List(list) = &node.value else {
            panic!("a list");
        };
        let last = list.last().unwrap().at;
        assert_eq!((last.line, last.character), (1, 4_000_007));
    }

    #[test]
    fn places_are_those_of_the_text_in_whatever_line() {
        let text = "{\n \"é\": 1, \"b\": [2,\n3]\n}";
        let node = read(text).unwrap();
        let Content::Object(entries) = &node.value else {
            panic!("an object");
        };
        let Content::List(list) = &entries[1].1.value else {
            panic!("a list");
        };
        let places = [entries[0].1.at, entries[1].1.at, list[0].at, list[1].at];
        let places = places.map(|mark| (mark.line, mark.character));
        assert_eq!(places, [(2, 7), (2, 15), (2, 16), (3, 1)]);
    }
}
