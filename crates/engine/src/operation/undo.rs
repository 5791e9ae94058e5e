//! What reverses an item.

use serde_json::Value;

/// How an item that succeeded can be reversed.
#[derive(Clone, Debug, PartialEq)]
pub enum Undo {
    /// By these items, in this order.
    Items(Vec<Reverse>),
    /// There is nothing to reverse.
    Nothing,
    /// Not at all, or not by this program; the sentence says why and what a person can do.
    Impossible(String),
}

/// An item that reverses something.
#[derive(Clone, Debug, PartialEq)]
pub struct Reverse {
    /// Its operation.
    pub operation: &'static str,
    /// Its parameters, as a file or body would give them.
    pub params: Value,
}

impl Undo {
    /// By one item.
    pub fn by(operation: &'static str, params: Value) -> Self {
        Self::Items(vec![Reverse { operation, params }])
    }

    /// Why it cannot be reversed.
    pub fn impossible(why: impl Into<String>) -> Self {
        Self::Impossible(why.into())
    }
}
