use serde::{Deserialize, Deserializer};

/// Reads null as the default: GitLab's booleans may be null and mean false (GitLab API facts §0.4).
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
