//! A document as it was written: values with the place of each, so that a mistake can be pointed at.

use std::fmt;

use serde_json::{Map, Number, Value};

/// Levels of lists and objects that a document may have: the deepest tree of groups that GitLab takes,
/// with its settings, and some more. Reading goes down as deep as the document does.
pub(super) const MAX_DEPTH: usize = 96;

/// A line and the character in it, both from 1. `UNKNOWN` for what came without a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) line: u32,
    pub(super) character: u32,
}

impl Mark {
    pub(super) const UNKNOWN: Self = Self {
        line: 0,
        character: 0,
    };

    pub(super) fn is_known(self) -> bool {
        self.line > 0
    }
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) value: Content,
    pub(super) at: Mark,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    /// In the order of the document; a key may occur twice.
    Object(Vec<(Key, Node)>),
}

/// The key of an entry and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) at: Mark,
}

impl Node {
    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries, if it is an object.
    pub(super) fn entries(&self) -> Option<&[(Key, Node)]> {
        match &self.value {
            Content::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of the first entry whose key answers to `is`.
    pub(super) fn entry(&self, is: impl Fn(&str) -> bool) -> Option<&Node> {
        self.entries()?
            .iter()
            .find(|(key, _)| is(&key.name))
            .map(|(_, node)| node)
    }

    /// Says something more of an object, stronger than what it says itself.
    pub(super) fn put(&mut self, name: &str, value: Self) {
        if let Content::Object(entries) = &mut self.value {
            entries.retain(|(key, _)| key.name != name);
            let key = Key {
                name: name.to_owned(),
                at: value.at,
            };
            entries.insert(0, (key, value));
        }
    }

    /// As JSON, without its places. Of keys that occur twice the last counts.
    pub(super) fn to_json(&self) -> Value {
        match &self.value {
            Content::Null => Value::Null,
            Content::Bool(flag) => Value::Bool(*flag),
            Content::Number(number) => Value::Number(number.clone()),
            Content::Text(text) => Value::String(text.clone()),
            Content::List(list) => list.iter().map(Node::to_json).collect(),
            Content::Object(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, node)| (key.name.clone(), node.to_json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// What it is, in a person's words.
    pub(super) fn what(&self) -> &'static str {
        match self.value {
            Content::Null => "nothing",
            Content::Bool(_) => "true or false",
            Content::Number(_) => "a number",
            Content::Text(_) => "a text",
            Content::List(_) => "a list",
            Content::Object(_) => "an object",
        }
    }
}

/// The way from the root of a document to one of its values: `groups[0].projects[2].visibility`.
#[derive(Clone, Copy)]
pub(super) struct Trail<'a> {
    above: Option<&'a Trail<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Trail<'a> {
    /// The root itself.
    pub(super) const ROOT: Self = Self {
        above: None,
        step: Step::Root,
    };

    /// One step on, by a key.
    pub(super) fn key(&'a self, name: &'a str) -> Self {
        Self {
            above: Some(self),
            step: Step::Key(name),
        }
    }

    /// One step on, by a place in a list, from 0.
    pub(super) fn index(&'a self, index: usize) -> Self {
        Self {
            above: Some(self),
            step: Step::Index(index),
        }
    }
}

impl fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(above) = self.above else { return Ok(()) };
        above.fmt(f)?;
        match self.step {
            Step::Root => Ok(()),
            Step::Key(name) if matches!(above.step, Step::Root) => f.write_str(name),
            Step::Key(name) => write!(f, ".{name}"),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}
