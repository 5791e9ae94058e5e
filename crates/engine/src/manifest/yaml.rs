//! YAML with the place of every value.

use std::fmt;

use domain::Problem;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Location, Spanned, UserMessageFormatter};

use super::node::{Content, Key, MAX_DEPTH, Mark, Node};
use crate::import::yaml::options;

/// Values that a manifest may have: some hundred thousand projects with all that belongs to them.
const MAX_NODES: usize = 20_000_000;

/// Reads one YAML document.
///
/// # Errors
/// It is none, it is deeper than [`MAX_DEPTH`], or it repeats so much by aliases that reading it would take
/// unfair time and memory: the problem says where.
pub(super) fn read(text: &str) -> Result<Node, Problem> {
    let mut options = options(MAX_NODES, MAX_DEPTH);
    // A key that occurs twice is reported with all other mistakes.
    options.duplicate_keys = DuplicateKeyPolicy::PassThrough;
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let why = error.render_with_formatter(&UserMessageFormatter);
        Problem::new(format!("the file is not YAML that can be read: {why}"))
    })
}

impl From<Location> for Mark {
    fn from(location: Location) -> Self {
        let number = |place: u64| u32::try_from(place).unwrap_or(u32::MAX);
        Self {
            line: number(location.line()),
            character: number(location.column()),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Content>::deserialize(deserializer)?;
        Ok(Self {
            value: spanned.value,
            at: spanned.referenced.into(),
        })
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyContent)
    }
}

struct AnyContent;

impl<'de> Visitor<'de> for AnyContent {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_bool<E: Error>(self, flag: bool) -> Result<Content, E> {
        Ok(Content::Bool(flag))
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<Content, E> {
        Ok(Content::Number(number.into()))
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<Content, E> {
        Ok(Content::Number(number.into()))
    }
    fn visit_i128<E: Error>(self, number: i128) -> Result<Content, E> {
        Ok(Content::Text(number.to_string()))
    }
    fn visit_u128<E: Error>(self, number: u128) -> Result<Content, E> {
        Ok(Content::Text(number.to_string()))
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<Content, E> {
        Ok(Number::from_f64(number).map_or_else(|| Content::Text(number.to_string()), Content::Number))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }
    fn visit_string<E: Error>(self, text: String) -> Result<Content, E> {
        Ok(Content::Text(text))
    }
    fn visit_unit<E: Error>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }
    fn visit_none<E: Error>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Content, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Content::List(nodes))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Content, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = object.next_key::<Spanned<String>>()? {
            let at = key.referenced.into();
            entries.push((Key { name: key.value, at }, object.next_value()?));
        }
        Ok(Content::Object(entries))
    }
}
