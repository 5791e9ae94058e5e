use std::sync::Arc;

use gitlab_api::resources::Visibility;
use serde::{Deserialize, Serialize};

use super::settings::{PipelineSettings, ProjectSettings};
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
    /// The day deletion was asked for.
    pub(crate) marked_on: Option<Day>,
    pub(crate) archived: bool,
    pub(crate) star_count: u64,
    /// Shared by all projects that never changed any.
    pub(crate) settings: Arc<ProjectSettings>,
    pub(crate) pipelines: Arc<PipelineSettings>,
}
