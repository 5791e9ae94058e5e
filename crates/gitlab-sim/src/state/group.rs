use std::sync::Arc;

use gitlab_api::resources::Visibility;
use serde::{Deserialize, Serialize};

use super::settings::{GroupDetailSettings, GroupSettings};
use crate::ids::NamespaceId;
use crate::time_text::{Day, Moment};

/// A group. Its full path follows from the tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) id: NamespaceId,
    pub(crate) parent: Option<NamespaceId>,
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) visibility: Visibility,
    pub(crate) created_at: Moment,
    /// The day deletion was asked for. The group goes for good when the retention has passed.
    pub(crate) marked_on: Option<Day>,
    /// The group's own mark; descendants show it too.
    pub(crate) archived: bool,
    /// Shared by all groups that never changed any.
    pub(crate) settings: Arc<GroupSettings>,
    pub(crate) detail: Arc<GroupDetailSettings>,
}
