use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::shelf::{Forget, Gone};

/// Moves groups and projects by a worker instead of within the request (GitLab API facts §7.1.9).
pub(crate) const ASYNC_TRANSFER: &str = "groups_and_projects_async_transfer";

/// Gives groups that are scheduled for deletion a suffix; on unless someone turned it off (GitLab API facts §7.1.6).
pub(crate) const RENAME_ON_DELETION: &str = "rename_group_path_upon_deletion_scheduling";

/// GitLab's feature flags, as far as someone set them. Those that change what the simulator does have a constant
/// here; any other is kept and shown.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct Features(BTreeMap<String, bool>);

impl Features {
    /// Most flags are off until someone turns them on.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.0.get(name).copied().unwrap_or(false)
    }

    /// Someone turned it off, which tells for the few that are on from the start.
    pub(crate) fn is_turned_off(&self, name: &str) -> bool {
        self.0.get(name) == Some(&false)
    }

    /// All that were set, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, bool)> {
        self.0.iter().map(|(name, on)| (name.as_str(), *on))
    }

    /// True when that changed something.
    pub(crate) fn set(&mut self, name: &str, on: bool) -> bool {
        self.0.insert(name.to_owned(), on) != Some(on)
    }

    /// Back to how it was before anyone set it. True when someone had.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        self.0.remove(name).is_some()
    }
}

/// Flags belong to the instance, which stays.
impl Forget for Features {
    fn forget(&mut self, _: Gone) {}
}
