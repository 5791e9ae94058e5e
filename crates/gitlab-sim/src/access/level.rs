use std::fmt::{self, Display};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a member may do, from 5 to 50 (GitLab API facts §0.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum AccessLevel {
    MinimalAccess = 5,
    Guest = 10,
    Planner = 15,
    Reporter = 20,
    SecurityManager = 25,
    Developer = 30,
    Maintainer = 40,
    Owner = 50,
}

impl AccessLevel {
    /// The level with GitLab's number.
    pub fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            5 => Self::MinimalAccess,
            10 => Self::Guest,
            15 => Self::Planner,
            20 => Self::Reporter,
            25 => Self::SecurityManager,
            30 => Self::Developer,
            40 => Self::Maintainer,
            50 => Self::Owner,
            _ => return None,
        })
    }

    /// GitLab's number.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// GitLab's name for people.
impl Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MinimalAccess => "Minimal Access",
            Self::Guest => "Guest",
            Self::Planner => "Planner",
            Self::Reporter => "Reporter",
            Self::SecurityManager => "Security Manager",
            Self::Developer => "Developer",
            Self::Maintainer => "Maintainer",
            Self::Owner => "Owner",
        })
    }
}

impl Serialize for AccessLevel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for AccessLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        Self::from_number(number).ok_or_else(|| serde::de::Error::custom("not an access level"))
    }
}
