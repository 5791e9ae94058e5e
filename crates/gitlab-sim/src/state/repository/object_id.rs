use std::fmt::{self, Debug, Display};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha1::{Digest, Sha1};

/// The name git gives to content: SHA-1 over the kind, the length and the content of the object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectId([u8; 20]);

impl ObjectId {
    /// The id of an object with this content, as `git hash-object` computes it.
    pub(crate) fn of(kind: &str, content: &[u8]) -> Self {
        let mut hash = Sha1::new();
        hash.update(format!("{kind} {}\0", content.len()));
        hash.update(content);
        Self(hash.finalize().into())
    }

    pub(super) fn bytes(self) -> [u8; 20] {
        self.0
    }

    /// Reads 40 hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != 40 {
            return None;
        }
        Self::lowest_with(text)
    }

    /// The lowest id that begins with these digits.
    pub(super) fn lowest_with(prefix: &str) -> Option<Self> {
        if prefix.len() > 40 || !prefix.is_ascii() {
            return None;
        }
        let mut bytes = [0; 20];
        for (at, digit) in prefix.chars().enumerate() {
            let value = u8::try_from(digit.to_digit(16)?).ok()?;
            bytes[at / 2] |= if at % 2 == 0 { value << 4 } else { value };
        }
        Some(Self(bytes))
    }

    /// `61049424`, as people see it.
    pub(crate) fn short(self) -> String {
        self.to_string()[..8].to_owned()
    }
}

impl Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not the id of a git object"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        // `git hash-object` says the same.
        assert_eq!(
            ObjectId::of("blob", b"Hello world!").to_string(),
            "6769dd60bdf536a83c9353272157893043e9f7d0"
        );
        assert_eq!(
            ObjectId::of("tree", b"").to_string(),
            "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        );
    }

    #[test]
    fn what_is_written_is_read_back_and_anything_else_is_not() {
        let id = ObjectId::of("blob", b"");
        assert_eq!(ObjectId::parse(&id.to_string()), Some(id));
        for text in ["", "61049424", "zz49424438c14ec7bd21c6cd5bd995272b3faff6", "é"] {
            assert_eq!(ObjectId::parse(text), None, "{text}");
        }
    }
}
