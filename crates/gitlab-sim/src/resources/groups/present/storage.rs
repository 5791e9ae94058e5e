//! What a group stores: nothing yet, in GitLab's words.

use serde_json::{Value, json};

pub(super) fn statistics() -> Value {
    json!({
        "storage_size": 0, "repository_size": 0, "wiki_size": 0, "lfs_objects_size": 0, "job_artifacts_size": 0,
        "pipeline_artifacts_size": 0, "packages_size": 0, "snippets_size": 0, "uploads_size": 0,
    })
}

/// What a whole tree stores; only its root tells.
pub(super) fn of_root() -> Value {
    json!({
        "build_artifacts_size": 0, "container_registry_size": 0, "container_registry_size_is_estimated": false,
        "dependency_proxy_size": 0, "lfs_objects_size": 0, "packages_size": 0, "pipeline_artifacts_size": 0,
        "repository_size": 0, "snippets_size": 0, "storage_size": 0, "uploads_size": 0, "wiki_size": 0,
    })
}
