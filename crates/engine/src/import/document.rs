//! Rows as JSON and YAML hold them: a list of objects, or an object of such lists.
//!
//! The shape is read straight from the deserializer of whatever format it is in, with each key kept
//! once per list, so that 100,000 rows do not hold 100,000 copies of their column names.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// A whole file or body.
pub(super) enum Document {
    /// A list of rows.
    Rows(Rows),
    /// An object: its lists, and whatever else it has, in its order.
    Object(Vec<(String, Node)>),
    /// Neither: what it is, in words.
    Other(&'static str),
}

/// A value of the outermost object.
pub(super) enum Node {
    Rows(Rows),
    /// Not a list: what it is, in words.
    Other(&'static str),
}

/// A list of rows with the keys that occur in them.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) keys: Keys,
    pub(super) rows: Vec<Row>,
}

pub(super) enum Row {
    /// Number of the key, and its value; a key may occur twice.
    Fields(Vec<(usize, Value)>),
    /// Not an object: what it is, in words.
    Other(&'static str),
    /// Could not be read at all: why.
    Broken(String),
}

/// The different keys of a list, in the order of their first appearance.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) names: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Keys {
    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len();
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Outermost;
        impl<'de> Shape<'de> for Outermost {
            type Value = Document;
            fn list<A: SeqAccess<'de>>(self, list: A) -> Result<Document, A::Error> {
                Ok(Document::Rows(Rows::read(list)?))
            }
            fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Document, A::Error> {
                let mut nodes = Vec::new();
                while let Some(key) = object.next_key::<String>()? {
                    nodes.push((key, object.next_value()?));
                }
                Ok(Document::Object(nodes))
            }
            fn other(self, what: &'static str) -> Document {
                Document::Other(what)
            }
        }
        deserializer.deserialize_any(Shaped(Outermost))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entry;
        impl<'de> Shape<'de> for Entry {
            type Value = Node;
            fn list<A: SeqAccess<'de>>(self, list: A) -> Result<Node, A::Error> {
                Ok(Node::Rows(Rows::read(list)?))
            }
            fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Node, A::Error> {
                while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Node::Other("an object"))
            }
            fn other(self, what: &'static str) -> Node {
                Node::Other(what)
            }
        }
        deserializer.deserialize_any(Shaped(Entry))
    }
}

impl Rows {
    fn read<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut rows = Self::default();
        while let Some(row) = list.next_element_seed(RowOf(&mut rows.keys))? {
            rows.rows.push(row);
        }
        Ok(rows)
    }

    /// Adds a row that stands alone.
    pub(super) fn push<'de, D: Deserializer<'de>>(&mut self, row: D) -> Result<(), D::Error> {
        self.rows.push(RowOf(&mut self.keys).deserialize(row)?);
        Ok(())
    }
}

struct RowOf<'k>(&'k mut Keys);

impl<'de> DeserializeSeed<'de> for RowOf<'_> {
    type Value = Row;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Row, D::Error> {
        deserializer.deserialize_any(Shaped(self))
    }
}

impl<'de> Shape<'de> for RowOf<'_> {
    type Value = Row;
    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Row, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Row::Other("a list"))
    }
    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Row, A::Error> {
        let mut fields = Vec::with_capacity(self.0.names.len());
        while let Some(number) = object.next_key_seed(Key(self.0))? {
            fields.push((number, object.next_value()?));
        }
        Ok(Row::Fields(fields))
    }
    fn other(self, what: &'static str) -> Row {
        Row::Other(what)
    }
}

struct Key<'k>(&'k mut Keys);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }
    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        Ok(self.0.number(name))
    }
}

/// What is to be made of a list, of an object, and of anything else.
trait Shape<'de>: Sized {
    type Value;
    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error>;
    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error>;
    fn other(self, what: &'static str) -> Self::Value;
}

struct Shaped<S>(S);

impl<'de, S: Shape<'de>> Visitor<'de> for Shaped<S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<S::Value, A::Error> {
        self.0.list(list)
    }
    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<S::Value, A::Error> {
        self.0.object(object)
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<S::Value, E> {
        Ok(self.0.other("true or false"))
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<S::Value, E> {
        Ok(self.0.other("a number"))
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<S::Value, E> {
        Ok(self.0.other("a number"))
    }
    fn visit_i128<E: Error>(self, _: i128) -> Result<S::Value, E> {
        Ok(self.0.other("a number"))
    }
    fn visit_u128<E: Error>(self, _: u128) -> Result<S::Value, E> {
        Ok(self.0.other("a number"))
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<S::Value, E> {
        Ok(self.0.other("a number"))
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<S::Value, E> {
        Ok(self.0.other("a text"))
    }
    fn visit_unit<E: Error>(self) -> Result<S::Value, E> {
        Ok(self.0.other("nothing"))
    }
    fn visit_none<E: Error>(self) -> Result<S::Value, E> {
        Ok(self.0.other("nothing"))
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}
