use async_graphql::SimpleObject;

use crate::ids::NamespaceId;
use crate::state::{Project, State};

/// How much room all projects of a group take, in bytes. Only repositories and avatars take any.
#[expect(clippy::struct_field_names, reason = "these are GitLab's names")]
#[derive(Debug, Default, SimpleObject)]
#[graphql(name = "RootStorageStatistics")]
pub(super) struct OfGroup {
    storage_size: f64,
    repository_size: f64,
    lfs_objects_size: f64,
    build_artifacts_size: f64,
    pipeline_artifacts_size: f64,
    packages_size: f64,
    wiki_size: f64,
    snippets_size: f64,
    uploads_size: f64,
    container_registry_size: f64,
}

/// The same for a project.
#[derive(Debug, Default, SimpleObject)]
#[graphql(name = "ProjectStatistics")]
pub(super) struct OfProject {
    commit_count: f64,
    storage_size: f64,
    repository_size: f64,
    lfs_objects_size: f64,
    build_artifacts_size: f64,
    packages_size: f64,
    wiki_size: f64,
    snippets_size: f64,
    uploads_size: f64,
    container_registry_size: f64,
}

impl OfProject {
    pub(super) fn of(state: &State, project: &Project) -> Self {
        let (repository_size, uploads_size) = sizes(state, project);
        Self {
            commit_count: number(state.commit_count(project) as u64),
            storage_size: repository_size + uploads_size,
            repository_size,
            uploads_size,
            ..Self::default()
        }
    }
}

impl OfGroup {
    pub(super) fn of(state: &State, group: NamespaceId) -> Self {
        let below = state.tree.descendants(group);
        let groups = std::iter::once(group).chain(below.iter().map(|group| group.id));
        let projects = groups.flat_map(|group| state.tree.projects_in(group));
        let (repository_size, uploads_size) = projects
            .map(|project| sizes(state, project))
            .fold((0.0, 0.0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
        Self {
            storage_size: repository_size + uploads_size,
            repository_size,
            uploads_size,
            ..Self::default()
        }
    }
}

fn sizes(state: &State, project: &Project) -> (f64, f64) {
    let avatar = project
        .avatar
        .as_ref()
        .map_or(0, |avatar| avatar.bytes.len() as u64);
    (number(state.repository_size(project)), number(avatar))
}

/// GraphQL has no whole numbers above 32 bits: sizes are floating ones there.
#[expect(clippy::cast_precision_loss, reason = "GitLab's type")]
fn number(bytes: u64) -> f64 {
    bytes as f64
}
