use serde::Serialize;

use crate::state::{Project, State};

/// How large the parts of a project are, in bytes.
#[derive(Debug, Serialize)]
pub(super) struct Statistics {
    commit_count: u64,
    storage_size: u64,
    repository_size: u64,
    wiki_size: u64,
    lfs_objects_size: u64,
    job_artifacts_size: u64,
    pipeline_artifacts_size: u64,
    packages_size: u64,
    snippets_size: u64,
    uploads_size: u64,
    container_registry_size: u64,
}

/// What a repository takes on disk whatever is in it.
const BARE_REPOSITORY: u64 = 40_960;

impl Statistics {
    /// Only the repository and the avatar take any room.
    pub(super) fn of(_state: &State, project: &Project) -> Self {
        let repository_size = if project.empty { 0 } else { BARE_REPOSITORY };
        let uploads_size = project.avatar.as_ref().map_or(0, |avatar| avatar.bytes.len() as u64);
        Self {
            commit_count: u64::from(!project.empty),
            storage_size: repository_size + uploads_size,
            repository_size,
            wiki_size: 0,
            lfs_objects_size: 0,
            job_artifacts_size: 0,
            pipeline_artifacts_size: 0,
            packages_size: 0,
            snippets_size: 0,
            uploads_size,
            container_registry_size: 0,
        }
    }
}
