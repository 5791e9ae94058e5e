use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a member may do, as GitLab numbers it (`gitlab/gitlab-api.md` §0.5).
///
/// Ordered: a higher level includes the lower ones. Read from a name in any case
/// (`developer`, `Developer`) or from GitLab's number (`30`, `"30"`); written as the number, as GitLab does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum AccessLevel {
    /// Groups only, Premium.
    MinimalAccess = 5,
    /// May see, and comment on, what is not private to members.
    Guest = 10,
    /// Since GitLab 17.7.
    Planner = 15,
    /// May read code and issues.
    Reporter = 20,
    /// May push to unprotected branches.
    Developer = 30,
    /// May change settings and manage members up to its own level.
    Maintainer = 40,
    /// May do everything, deletion and transfer included.
    Owner = 50,
}

/// The text names no access level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an access level; allowed: {allowed}", allowed = AccessLevel::ALLOWED)]
pub struct UnknownAccessLevel(pub String);

impl AccessLevel {
    /// Every level, lowest first.
    pub const ALL: [Self; 7] = [
        Self::MinimalAccess,
        Self::Guest,
        Self::Planner,
        Self::Reporter,
        Self::Developer,
        Self::Maintainer,
        Self::Owner,
    ];

    /// What may be written in a file, for error messages.
    pub const ALLOWED: &'static str =
        "guest, planner, reporter, developer, maintainer, owner or 10, 15, 20, 30, 40, 50";

    /// GitLab's number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The name in lower case, with `_` between words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MinimalAccess => "minimal_access",
            Self::Guest => "guest",
            Self::Planner => "planner",
            Self::Reporter => "reporter",
            Self::Developer => "developer",
            Self::Maintainer => "maintainer",
            Self::Owner => "owner",
        }
    }

    /// The level with this number, if there is one.
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|level| u64::from(level.number()) == number)
    }
}

impl FromStr for AccessLevel {
    type Err = UnknownAccessLevel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = text.trim();
        if let Ok(number) = trimmed.parse::<u64>() {
            return Self::from_number(number).ok_or_else(|| UnknownAccessLevel(text.to_owned()));
        }
        let folded: String = trimmed
            .chars()
            .map(|c| {
                if matches!(c, ' ' | '-') {
                    '_'
                } else {
                    c.to_ascii_lowercase()
                }
            })
            .collect();
        Self::ALL
            .into_iter()
            .find(|level| level.name() == folded)
            .ok_or_else(|| UnknownAccessLevel(text.to_owned()))
    }
}

impl fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for AccessLevel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for AccessLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Level;
        impl Visitor<'_> for Level {
            type Value = AccessLevel;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(AccessLevel::ALLOWED)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<AccessLevel, E> {
                AccessLevel::from_number(number)
                    .ok_or_else(|| E::custom(UnknownAccessLevel(number.to_string())))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<AccessLevel, E> {
                u64::try_from(number)
                    .ok()
                    .and_then(AccessLevel::from_number)
                    .ok_or_else(|| E::custom(UnknownAccessLevel(number.to_string())))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<AccessLevel, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_mean_the_same() {
        for text in ["developer", "Developer", " DEVELOPER ", "30"] {
            assert_eq!(text.parse(), Ok(AccessLevel::Developer), "{text}");
        }
        assert_eq!(
            serde_json::from_str::<AccessLevel>("40").unwrap(),
            AccessLevel::Maintainer
        );
        assert_eq!(
            serde_json::from_str::<AccessLevel>("\"minimal access\"").unwrap(),
            AccessLevel::MinimalAccess
        );
    }

    #[test]
    fn an_unknown_level_says_what_is_allowed() {
        let error = "boss".parse::<AccessLevel>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`boss` is not an access level; allowed: guest, planner, reporter, developer, maintainer, owner or 10, 15, 20, 30, 40, 50"
        );
    }
}
