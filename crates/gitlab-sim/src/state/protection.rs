//! Branches and tags that only some may touch.

use serde::{Deserialize, Serialize};

use super::shelf::{Forget, Gone};
use crate::ids::{NamespaceId, UserId};
use crate::time_text::Moment;

/// Whom one line of a protection lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Allowed {
    /// Everyone from this level on: 30 or 40; 60 is administrators only, 0 is no one.
    Level(u8),
    User(UserId),
    Group(NamespaceId),
    DeployKey(u64),
    /// A custom role.
    Role(u64),
}

/// One line of a protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessLine {
    pub(crate) id: u64,
    pub(crate) allowed: Allowed,
}

/// A branch, or all branches whose names fit a pattern, protected in a project or in all projects of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProtectedBranch {
    pub(crate) id: u64,
    /// `*` stands for any characters.
    pub(crate) name: String,
    pub(crate) push: Vec<AccessLine>,
    pub(crate) merge: Vec<AccessLine>,
    pub(crate) unprotect: Vec<AccessLine>,
    pub(crate) allow_force_push: bool,
    pub(crate) code_owner_approval_required: bool,
    pub(crate) created_at: Moment,
}

/// A tag, or all tags whose names fit a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProtectedTag {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) create: Vec<AccessLine>,
}

/// The ids of lines, one sequence for each kind.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AccessLineIds {
    push: u64,
    merge: u64,
    unprotect: u64,
    create: u64,
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Push,
    Merge,
    Unprotect,
    Create,
}

impl AccessLineIds {
    /// A new line.
    pub(crate) fn line(&mut self, action: Action, allowed: Allowed) -> AccessLine {
        let last = match action {
            Action::Push => &mut self.push,
            Action::Merge => &mut self.merge,
            Action::Unprotect => &mut self.unprotect,
            Action::Create => &mut self.create,
        };
        *last += 1;
        AccessLine { id: *last, allowed }
    }
}

/// Ids are never given again.
impl Forget for AccessLineIds {
    fn forget(&mut self, _: Gone) {}
}

/// Whether a name fits a pattern in which `*` stands for any characters.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(start) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name) in [
            ("main", "main"),
            ("*", "anything"),
            ("*-stable", "17-stable"),
            ("release/*", "release/1/2"),
            ("v*.*-rc*", "v1.2-rc"),
            ("a*b*c", "abc"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("main", "main2"),
            ("*-stable", "stable"),
            ("release/*", "releases/1"),
            ("a*b*c", "acb"),
            ("a*a", "a"),
        ] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
