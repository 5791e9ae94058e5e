use serde::Serialize;

use crate::state::{Project, State};

/// How large the parts of a project are, in bytes.
#[derive(Debug, Serialize)]
pub(super) struct Statistics {
    commit_count: usize,
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

impl Statistics {
    /// Only the repository and the avatar take any room.
    pub(super) fn of(state: &State, project: &Project) -> Self {
        let repository_size = state.repository_size(project);
        let uploads_size = project
            .avatar
            .as_ref()
            .map_or(0, |avatar| avatar.bytes.len() as u64);
        Self {
            commit_count: state.commit_count(project),
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
