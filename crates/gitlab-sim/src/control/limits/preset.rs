use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A set of limits as an instance out there has them. What the settings of the instance say otherwise, wins on a
/// self-managed one only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitPreset {
    /// A new self-managed instance: the limiters of the API with their defaults and those that every instance has;
    /// no request throttle (GitLab API facts §4.4, §4.5).
    SelfManaged,
    /// What GitLab.com publishes, request throttles included (§4.3).
    GitlabCom,
}

impl LimitPreset {
    fn as_str(self) -> &'static str {
        match self {
            Self::SelfManaged => "self-managed",
            Self::GitlabCom => "gitlab.com",
        }
    }
}

impl Display for LimitPreset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a preset of limits is self-managed or gitlab.com; this is not: {0}")]
pub struct InvalidPreset(String);

impl FromStr for LimitPreset {
    type Err = InvalidPreset;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::SelfManaged, Self::GitlabCom]
            .into_iter()
            .find(|preset| preset.as_str() == text)
            .ok_or_else(|| InvalidPreset(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for LimitPreset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for LimitPreset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
