use async_graphql::SimpleObject;

/// How much room things take, in bytes. The simulator keeps nothing that would take any.
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
