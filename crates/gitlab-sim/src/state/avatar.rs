use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The picture of a project, group, user or topic.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub(crate) struct Avatar {
    pub(crate) filename: String,
    pub(crate) bytes: Bytes,
}

/// Without the bytes, which nobody can read.
impl fmt::Debug for Avatar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.filename, self.bytes.len())
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    filename: String,
    base64: String,
}

impl From<Avatar> for Kept {
    fn from(avatar: Avatar) -> Self {
        Self {
            filename: avatar.filename,
            base64: STANDARD.encode(&avatar.bytes),
        }
    }
}

impl From<Kept> for Avatar {
    fn from(kept: Kept) -> Self {
        Self {
            filename: kept.filename,
            bytes: STANDARD.decode(kept.base64).unwrap_or_default().into(),
        }
    }
}
