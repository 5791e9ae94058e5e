//! What a line of a public SSH key says.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use md5::Md5;
use sha2::{Digest, Sha256};

use crate::state::{Key, State};

/// A key that is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::resources) struct Blob {
    /// `ssh-ed25519` and so on, and the base64 after it, without the comment.
    pub(in crate::resources) key: String,
    /// Colon-separated, without a prefix.
    pub(in crate::resources) md5: String,
    /// `SHA256:` and base64 without padding, as OpenSSH writes it.
    pub(in crate::resources) sha256: String,
}

const KINDS: [&str; 7] = [
    "ssh-rsa",
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

impl Blob {
    /// Reads a line. None when it is no key of a kind that GitLab takes.
    pub(in crate::resources) fn read(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (kind, encoded) = (words.next()?, words.next()?);
        let bytes = STANDARD.decode(encoded).ok()?;
        // The blob names its own kind: a length of four bytes, and the word.
        let length = usize::try_from(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?)).ok()?;
        let named = bytes.get(4..4_usize.checked_add(length)?)?;
        if !KINDS.contains(&kind) || named != kind.as_bytes() || bytes.len() == 4 + length {
            return None;
        }
        let md5 = Md5::digest(&bytes);
        let md5: Vec<String> = md5.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Self {
            key: format!("{kind} {encoded}"),
            md5: md5.join(":"),
            sha256: format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&bytes))),
        })
    }
}

/// The key of that fingerprint: SHA256 or MD5, with or without its prefix.
pub(super) fn with_fingerprint<'s>(
    state: &'s State,
    fingerprint: &str,
) -> Option<(crate::state::KeyOwner, &'s std::sync::Arc<Key>)> {
    let md5 = fingerprint.strip_prefix("MD5:").unwrap_or(fingerprint);
    state.belongings.keys.iter().find(|(_, key)| {
        key.sha256 == fingerprint || key.sha256[7..] == *fingerprint || key.md5.eq_ignore_ascii_case(md5)
    })
}

/// Whether a text can be a fingerprint at all.
pub(super) fn is_fingerprint(text: &str) -> bool {
    /// Base64 characters of 32 bytes.
    const SHA256: usize = 43;
    /// Two digits for each of 16 bytes, and what is between them.
    const MD5: usize = 47;
    let bare = text
        .strip_prefix("SHA256:")
        .or_else(|| text.strip_prefix("MD5:"))
        .unwrap_or(text);
    bare.len() == SHA256 || bare.len() == MD5 && bare.split(':').count() == 16
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@here";

    #[test]
    fn the_fingerprints_are_those_of_the_blob() {
        let blob = Blob::read(KEY).unwrap();
        assert!(!blob.key.contains("me@here"));
        assert_eq!(blob.sha256.len(), 7 + 43);
        assert_eq!(blob.md5.len(), 47);
        assert!(is_fingerprint(&blob.sha256) && is_fingerprint(&blob.md5) && !is_fingerprint("nonsense"));
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in [
            "",
            "ssh-ed25519",
            "ssh-ed25519 !!!",
            "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
        ] {
            assert_eq!(Blob::read(text), None, "{text}");
        }
    }
}
