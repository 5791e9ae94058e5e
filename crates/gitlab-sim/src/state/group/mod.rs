//! Groups, and what comes with each.

mod below;
mod expiry;
mod protection;
pub(crate) mod settings;
mod transfer;

use std::sync::{Arc, LazyLock};

use gitlab_api::resources::Visibility;
use serde::{Deserialize, Serialize};

pub(crate) use protection::BranchProtection;
use settings::{GroupSettings, LicensedGroupSettings};

use super::Avatar;
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
    /// When it was last changed; no body shows it. None says: at its creation.
    #[serde(default)]
    pub(crate) changed_at: Option<Moment>,
    /// The day deletion was asked for. The group goes for good when the retention has passed.
    pub(crate) marked_on: Option<Day>,
    /// Being removed by a worker: still shown, but past restoring.
    #[serde(default)]
    pub(crate) going: bool,
    /// Being moved by a worker: where to; the inner none is the top level.
    #[serde(default)]
    pub(crate) moving: Option<Destination>,
    /// The group's own mark; descendants show it too.
    pub(crate) archived: bool,
    #[serde(default)]
    pub(crate) avatar: Option<Arc<Avatar>>,
    /// Shared by all groups that never changed any.
    pub(crate) settings: Arc<GroupSettings>,
    /// Those of a paid licence.
    #[serde(default)]
    pub(crate) licensed: Arc<LicensedGroupSettings>,
}

/// Where a group moves to; nothing is the top level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Destination(pub(crate) Option<NamespaceId>);

static SETTINGS: LazyLock<Arc<GroupSettings>> = LazyLock::new(Arc::default);
static LICENSED: LazyLock<Arc<LicensedGroupSettings>> = LazyLock::new(Arc::default);

impl Group {
    /// A private group with GitLab's defaults.
    pub(crate) fn new(id: NamespaceId, parent: Option<NamespaceId>, path: String, now: Moment) -> Self {
        Self {
            id,
            parent,
            name: path.clone(),
            path,
            description: String::new(),
            visibility: Visibility::Private,
            created_at: now,
            changed_at: None,
            marked_on: None,
            going: false,
            moving: None,
            archived: false,
            avatar: None,
            settings: Arc::clone(&SETTINGS),
            licensed: Arc::clone(&LICENSED),
        }
    }

    /// When it was last changed.
    pub(crate) fn updated_at(&self) -> Moment {
        self.changed_at.unwrap_or(self.created_at)
    }
}
