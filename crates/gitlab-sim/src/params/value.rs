use std::fmt;

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// One value. Text from a query or form stays text; what it means is the handler's question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Param {
    Null,
    Flag(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    File(Upload),
    List(Vec<Param>),
    Map(Params),
}

/// A file of a multipart body.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) filename: String,
    pub(crate) bytes: Bytes,
}

/// Without the bytes, which may be many.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.filename, self.bytes.len())
    }
}

impl Param {
    /// As GitLab reads a whole number: a JSON number, or text that is one.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// As GitLab reads a number with a fraction.
    pub(crate) fn real(&self) -> Option<f64> {
        match self {
            Self::Float(number) => Some(*number),
            other => other.text()?.trim().parse().ok(),
        }
    }

    /// As JSON. Text of a form that spells a number or a boolean becomes one.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Self::Null | Self::File(_) => Value::Null,
            Self::Flag(flag) => (*flag).into(),
            Self::Integer(number) => (*number).into(),
            Self::Float(number) => (*number).into(),
            Self::Text(text) => match text.as_str() {
                "true" => true.into(),
                "false" => false.into(),
                other => other.parse::<i64>().map_or_else(|_| other.into(), Value::from),
            },
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(map) => map
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_json()))
                .collect(),
        }
    }

    /// As GitLab reads a boolean.
    pub(crate) fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Integer(1) => Some(true),
            Self::Integer(0) => Some(false),
            Self::Text(text) => match text.to_ascii_lowercase().as_str() {
                "1" | "on" | "t" | "true" | "y" | "yes" => Some(true),
                "0" | "off" | "f" | "false" | "n" | "no" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// As GitLab reads text: scalars are taken as they are spelled.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Float(number) => Some(number.to_string()),
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Null | Self::File(_) | Self::List(_) | Self::Map(_) => None,
        }
    }
}

/// Named values in the order they came. Small: looked through, not hashed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Params(Vec<(String, Param)>);

impl Params {
    pub(crate) fn get(&self, name: &str) -> Option<&Param> {
        self.0
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// All of them, in the order they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Param)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Adds a value; a later one of the same name wins.
    pub(crate) fn set(&mut self, name: String, value: Param) {
        self.0.push((name, value));
    }

    /// The value of that name, made if need be.
    pub(super) fn entry(&mut self, name: &str, new: impl FnOnce() -> Param) -> &mut Param {
        let at = self
            .0
            .iter()
            .rposition(|(known, _)| known == name)
            .unwrap_or_else(|| {
                self.0.push((name.to_owned(), new()));
                self.0.len() - 1
            });
        &mut self.0[at].1
    }

    /// Adds all of `other`, which win.
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl<'de> Deserialize<'de> for Param {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

impl<'de> Deserialize<'de> for Params {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Params;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Params, A::Error> {
                read_object(map)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

fn read_object<'de, A: MapAccess<'de>>(mut map: A) -> Result<Params, A::Error> {
    let mut params = Params::default();
    while let Some((name, value)) = map.next_entry::<String, Param>()? {
        params.set(name, value);
    }
    Ok(params)
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Param;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Param, E> {
        Ok(Param::Null)
    }

    fn visit_none<E>(self) -> Result<Param, E> {
        Ok(Param::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Param, E> {
        Ok(Param::Flag(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Param, E> {
        Ok(Param::Integer(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "no parameter of GitLab is that large")]
    fn visit_u64<E>(self, value: u64) -> Result<Param, E> {
        Ok(i64::try_from(value).map_or(Param::Float(value as f64), Param::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Param, E> {
        Ok(Param::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Param, E> {
        Ok(Param::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Param, E> {
        Ok(Param::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Param, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Param::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Param, A::Error> {
        read_object(map).map(Param::Map)
    }
}
