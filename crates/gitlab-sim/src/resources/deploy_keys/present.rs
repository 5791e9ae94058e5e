use serde::Serialize;

use crate::state::{DeployKeyAt, Key, Project, State};
use crate::time_text::Moment;

/// A deploy key, in a project with what it may do there.
#[derive(Debug, Serialize)]
pub(super) struct DeployKeyBody {
    id: u64,
    title: String,
    key: String,
    fingerprint: String,
    fingerprint_sha256: String,
    created_at: Moment,
    expires_at: Option<Moment>,
    last_used_at: Option<Moment>,
    usage_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    can_push: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    projects_with_write_access: Option<Vec<ProjectIdentity>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    projects_with_readonly_access: Option<Vec<ProjectIdentity>>,
}

#[derive(Debug, Serialize)]
struct ProjectIdentity {
    id: u64,
    description: Option<String>,
    name: String,
    name_with_namespace: String,
    path: String,
    path_with_namespace: String,
    created_at: Moment,
}

impl DeployKeyBody {
    pub(super) fn of(key: &Key) -> Self {
        Self {
            id: key.id,
            title: key.title.clone(),
            key: key.text.clone(),
            fingerprint: key.md5.clone(),
            fingerprint_sha256: key.sha256.clone(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: None,
            usage_type: key.usage.clone(),
            can_push: None,
            projects_with_write_access: None,
            projects_with_readonly_access: None,
        }
    }

    pub(super) fn at(key: &Key, place: &DeployKeyAt) -> Self {
        Self {
            can_push: Some(place.can_push),
            ..Self::of(key)
        }
    }

    /// With the projects that have it, for the list of the instance.
    pub(super) fn everywhere(state: &State, key: &Key) -> Self {
        let places = |can_push: bool| {
            let places = state.belongings.deploy_keys.iter();
            let places = places.filter(|(_, place)| place.key == key.id && place.can_push == can_push);
            places
                .filter_map(|(project, _)| Some(identity(state, state.tree.project(project)?)))
                .collect()
        };
        Self {
            projects_with_write_access: Some(places(true)),
            projects_with_readonly_access: Some(places(false)),
            ..Self::of(key)
        }
    }
}

fn identity(state: &State, project: &Project) -> ProjectIdentity {
    ProjectIdentity {
        id: project.id.0,
        description: project.description.clone(),
        name: project.name.clone(),
        name_with_namespace: format!("{} / {}", state.full_name(project.namespace), project.name),
        path: project.path.clone(),
        path_with_namespace: state.project_full_path(project),
        created_at: project.created_at,
    }
}
