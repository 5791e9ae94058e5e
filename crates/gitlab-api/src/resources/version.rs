use serde::Deserialize;

use super::lenient::null_as_default;

/// Answer of `GET /version` and `GET /metadata` (GitLab API facts §2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Version {
    /// `18.9.1-ee`; `-pre` on GitLab.com.
    pub version: String,
    #[serde(default)]
    pub revision: String,
    /// The Enterprise package, which does not mean a paid licence.
    #[serde(default, deserialize_with = "null_as_default")]
    pub enterprise: bool,
}
