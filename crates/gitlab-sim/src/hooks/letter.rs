use serde::{Deserialize, Serialize};

use crate::random::Dice;
use crate::state::HookOwner;

/// What one hook is to be told. What it says was fixed when it happened; where it goes is looked up when it leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Letter {
    pub(crate) owner: HookOwner,
    pub(crate) hook: u64,
    /// `project_create`
    pub(crate) event: String,
    /// `Push Hook`, the value of `X-Gitlab-Event`
    pub(crate) kind: String,
    /// JSON.
    pub(crate) body: String,
    /// The same for all letters about one event.
    pub(crate) event_uuid: String,
    /// The same when one letter is delivered twice.
    pub(crate) key: String,
    /// Sent even when the hook is disabled, as a test or a repetition is.
    pub(crate) forced: bool,
}

impl Letter {
    /// `push_hooks`, as the log calls what was told.
    pub(super) fn trigger(&self) -> String {
        let mut words = self.kind.to_lowercase().replace(' ', "_");
        words.push('s');
        words
    }
}

/// A UUID that is always the same for one number.
pub(crate) fn uuid(number: u64, salt: u64) -> String {
    let mut dice = Dice::new(number.wrapping_mul(0x9e37_79b9) ^ salt.rotate_left(40));
    let [first, second, third, fourth, fifth] =
        [1 << 32, 1 << 16, 1 << 12, 1 << 12, 1 << 48].map(|bound: u64| dice.below(bound));
    format!("{first:08x}-{second:04x}-4{third:03x}-a{fourth:03x}-{fifth:012x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_differ_and_repeat() {
        assert_ne!(uuid(1, 0), uuid(2, 0));
        assert_ne!(uuid(1, 0), uuid(1, 1));
        assert_eq!(uuid(7, 3), uuid(7, 3));
        assert_eq!(uuid(7, 3).len(), 36);
    }
}
