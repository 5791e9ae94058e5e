//! What groups store: nothing, in GitLab's words.

use serde::Serialize;

/// What is in a group and below it, in bytes.
#[expect(clippy::struct_field_names, reason = "the keys of the body")]
#[derive(Debug, Default, Serialize)]
pub(super) struct Statistics {
    storage_size: u64,
    repository_size: u64,
    wiki_size: u64,
    lfs_objects_size: u64,
    job_artifacts_size: u64,
    pipeline_artifacts_size: u64,
    packages_size: u64,
    snippets_size: u64,
    uploads_size: u64,
}

/// What a whole tree stores; only its root tells.
#[derive(Debug, Default, Serialize)]
pub(super) struct RootStorage {
    build_artifacts_size: u64,
    container_registry_size: u64,
    container_registry_size_is_estimated: bool,
    dependency_proxy_size: u64,
    lfs_objects_size: u64,
    packages_size: u64,
    pipeline_artifacts_size: u64,
    repository_size: u64,
    snippets_size: u64,
    storage_size: u64,
    uploads_size: u64,
    wiki_size: u64,
}
