use std::fmt::Write;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest, Sha256};

/// As GitLab reads base64: line breaks, missing padding and what is no digit at all do not matter.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The content of a file as it was sent.
pub(super) fn decode(content: String, encoding: Option<&str>) -> Vec<u8> {
    if encoding != Some("base64") {
        return content.into_bytes();
    }
    let digit = |character: &char| character.is_ascii_alphanumeric() || matches!(character, '+' | '/');
    let digits: String = content.chars().filter(digit).collect();
    LENIENT.decode(digits).unwrap_or_default()
}

/// The content of a file as it is answered.
pub(super) fn encode(content: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(content)
}

pub(super) fn sha256(content: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(content) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
