use serde_json::Value;

/// A part of a document whose keys stay in their order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// A text, a number, a flag, a list of these: what fits on a line.
    Plain(Value),
    /// A small object that fits on a line.
    Entry(Vec<(String, Value)>),
    /// A list with each of its pieces on lines of its own.
    List(Vec<Piece>),
    /// An object with each of its keys on a line of its own.
    Object(Vec<(String, Piece)>),
}

impl Piece {
    /// The piece at this key of an object.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, piece)| piece),
            _ => None,
        }
    }

    /// The pieces of a list; none of anything else.
    pub(super) fn list(&self) -> &[Self] {
        match self {
            Self::List(pieces) => pieces,
            _ => &[],
        }
    }

    /// The text of a plain piece.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Plain(Value::String(text)) => Some(text),
            _ => None,
        }
    }
}
