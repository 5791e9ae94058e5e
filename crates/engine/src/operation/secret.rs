use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text that is sent to GitLab and shown nowhere. Its field carries `x-secret`, so that it is sealed in the
/// database and left out of results.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// What is shown in its place.
    pub const SHOWN: &'static str = "***";

    /// The text itself, for the body of a call and for comparing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(Self::SHOWN)
    }
}
