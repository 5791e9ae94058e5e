//! Secrets that nobody guesses by counting, and that are the same for one seed and the same requests.

use sha2::{Digest, Sha256};

use crate::instance::Instance;
use crate::state::Secret;

/// What a secret is for; it begins as GitLab's do (GitLab API facts §1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of personal, group and project access tokens.
    Access,
    Deploy,
    /// Of an OAuth application.
    Application,
    /// A client id, and what clients get for a code.
    Hex(&'static str),
}

/// The secret with that number.
pub(crate) fn make(instance: &Instance, kind: Kind, number: u64) -> Secret {
    Secret(from_seed(instance.estate().seed, kind, number))
}

/// The secret with that number, for that seed.
pub(crate) fn from_seed(seed: u64, kind: Kind, number: u64) -> String {
    let (prefix, topic, length) = match kind {
        Kind::Access => ("glpat-", "access", 20),
        Kind::Deploy => ("gldt-", "deploy", 20),
        Kind::Application => ("gloas-", "application", 64),
        Kind::Hex(topic) => ("", topic, 64),
    };
    let digest = Sha256::digest(format!("gitlab-sim {seed} {topic} {number}").as_bytes());
    let letters: String = match kind {
        Kind::Access | Kind::Deploy => letters(&digest, length),
        Kind::Application | Kind::Hex(_) => hex(&digest),
    };
    format!("{prefix}{letters}")
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |number: u8| char::from(DIGITS[usize::from(number)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

fn letters(bytes: &[u8], length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    bytes
        .iter()
        .take(length)
        .map(|byte| char::from(LETTERS[usize::from(byte & 63)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_always_gives_one_secret_and_no_two_are_alike() {
        assert_eq!(from_seed(1, Kind::Access, 7), from_seed(1, Kind::Access, 7));
        assert_ne!(from_seed(1, Kind::Access, 7), from_seed(1, Kind::Access, 8));
        assert_ne!(from_seed(1, Kind::Access, 7), from_seed(2, Kind::Access, 7));
        assert_eq!(from_seed(1, Kind::Access, 7).len(), 26);
        assert_eq!(from_seed(1, Kind::Hex("code"), 7).len(), 64);
    }
}
