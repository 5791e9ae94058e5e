//! What a setting can be.

use serde_json::{Value, json};

/// One setting: name of parameter and key alike.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    default: Default,
    /// Can be set, is never shown.
    pub(crate) write_only: bool,
}

/// What values it takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Flag,
    Number {
        least: i64,
        most: i64,
    },
    /// One of these numbers.
    OneOf(&'static [i64]),
    Real,
    Text,
    Word(&'static [&'static str]),
    List,
    Words(&'static [&'static str]),
    /// `ssh`, `http`, or `all`, which is kept as null.
    GitProtocol,
    /// A list of visibilities; what is none of them counts as private.
    Visibilities,
    Object,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Default {
    Null,
    Flag(bool),
    Number(i64),
    Real(f64),
    Text(&'static str),
    List(&'static [&'static str]),
    Json(&'static str),
}

impl Setting {
    pub(super) const fn new(name: &'static str, kind: Kind, default: Default) -> Self {
        Self {
            name,
            kind,
            default,
            write_only: false,
        }
    }

    pub(super) const fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// Its value until it is set.
    pub(super) fn default(&self) -> Value {
        match self.default {
            Default::Null => Value::Null,
            Default::Flag(flag) => flag.into(),
            Default::Number(number) => number.into(),
            Default::Real(number) => json!(number),
            Default::Text(text) => text.into(),
            Default::List(words) => words.into(),
            Default::Json(text) => serde_json::from_str(text).unwrap_or_default(),
        }
    }

    /// What the model says to a value.
    pub(crate) fn complaint(&self, value: &Value) -> Option<String> {
        let Kind::Number { least, most } = self.kind else {
            return None;
        };
        let number = value.as_i64()?;
        if number < least {
            let above = least - 1;
            let at_least = format!("must be greater than or equal to {least}");
            let is_optional = matches!(self.default, Default::Null);
            return Some(if is_optional {
                format!("must be greater than {above}")
            } else {
                at_least
            });
        }
        (number > most).then(|| format!("must be less than or equal to {most}"))
    }
}
