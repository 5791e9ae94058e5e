//! Projects, and what comes with each.

mod contents;
mod expiry;
mod import;
pub(crate) mod settings;
mod transfer;

use std::sync::{Arc, LazyLock};

use gitlab_api::resources::Visibility;
use serde::{Deserialize, Serialize};

pub(crate) use import::{Import, ImportKind, ImportStatus};
use settings::{CleanupPolicy, LicensedSettings, MirrorSettings, PipelineSettings, ProjectSettings};

use super::Avatar;
use super::settings::word;
use crate::ids::{NamespaceId, ProjectId, UserId};
use crate::time_text::{Day, Moment};

/// A project. Its full path follows from the tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Project {
    pub(crate) id: ProjectId,
    /// The group or personal namespace it is in.
    pub(crate) namespace: NamespaceId,
    /// The namespace every project has behind the scenes; it takes an id out of the groups' sequence.
    pub(crate) own_namespace: NamespaceId,
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) visibility: Visibility,
    pub(crate) topics: Vec<String>,
    pub(crate) default_branch: Option<String>,
    /// True until something is pushed.
    pub(crate) empty: bool,
    pub(crate) creator: UserId,
    pub(crate) created_at: Moment,
    pub(crate) updated_at: Moment,
    /// When something was last done in it, which changing its settings is not. None says: at its creation.
    #[serde(default)]
    pub(crate) active_at: Option<Moment>,
    /// The day deletion was asked for.
    pub(crate) marked_on: Option<Day>,
    /// Being removed by a worker: nobody finds it any more, but its path is not free yet.
    #[serde(default)]
    pub(crate) pending_delete: bool,
    /// Where a worker is to move it.
    #[serde(default)]
    pub(crate) moving: Option<NamespaceId>,
    pub(crate) archived: bool,
    pub(crate) star_count: u64,
    /// What it is a fork of, which may be gone meanwhile.
    #[serde(default)]
    pub(crate) forked_from: Option<ProjectId>,
    #[serde(default)]
    pub(crate) import: Option<Arc<Import>>,
    #[serde(default)]
    pub(crate) avatar: Option<Arc<Avatar>>,
    /// Shared by all projects that never changed any.
    pub(crate) settings: Arc<ProjectSettings>,
    pub(crate) pipelines: Arc<PipelineSettings>,
    #[serde(default)]
    pub(crate) mirroring: Arc<MirrorSettings>,
    #[serde(default)]
    pub(crate) licensed: Arc<LicensedSettings>,
    #[serde(default)]
    pub(crate) cleanup: Arc<CleanupPolicy>,
}

/// The settings of all projects that never change any, once in memory.
static CLOSED: LazyLock<Arc<ProjectSettings>> = LazyLock::new(Arc::default);
static OPEN: LazyLock<Arc<ProjectSettings>> = LazyLock::new(|| {
    // Pages are open where the project is.
    Arc::new(ProjectSettings {
        pages_access_level: word("enabled"),
        ..ProjectSettings::default()
    })
});
static PIPELINES: LazyLock<Arc<PipelineSettings>> = LazyLock::new(Arc::default);
static MIRRORING: LazyLock<Arc<MirrorSettings>> = LazyLock::new(Arc::default);
static LICENSED: LazyLock<Arc<LicensedSettings>> = LazyLock::new(Arc::default);
static CLEANUP: LazyLock<Arc<CleanupPolicy>> = LazyLock::new(Arc::default);

impl Project {
    /// A new project with an empty repository and nothing set. It has no ids yet.
    pub(crate) fn bare(
        namespace: NamespaceId,
        (name, path): (String, String),
        visibility: Visibility,
        creator: UserId,
        now: Moment,
    ) -> Self {
        let settings = if visibility == Visibility::Public {
            &OPEN
        } else {
            &CLOSED
        };
        Self {
            id: ProjectId(0),
            namespace,
            own_namespace: NamespaceId(0),
            path,
            name,
            description: None,
            visibility,
            topics: Vec::new(),
            default_branch: Some("main".to_owned()),
            empty: true,
            creator,
            created_at: now,
            updated_at: now,
            active_at: None,
            marked_on: None,
            pending_delete: false,
            moving: None,
            archived: false,
            star_count: 0,
            forked_from: None,
            import: None,
            avatar: None,
            settings: Arc::clone(settings),
            pipelines: Arc::clone(&PIPELINES),
            mirroring: Arc::clone(&MIRRORING),
            licensed: Arc::clone(&LICENSED),
            cleanup: Arc::clone(&CLEANUP),
        }
    }

    /// When something was last done in it.
    pub(crate) fn last_activity(&self) -> Moment {
        self.active_at.unwrap_or(self.created_at)
    }

    /// Where its import is; a project that was not imported has none.
    pub(crate) fn import_status(&self) -> ImportStatus {
        self.import
            .as_ref()
            .map_or(ImportStatus::None, |import| import.status)
    }
}
