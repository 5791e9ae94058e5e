use serde::Serialize;

use crate::http::Call;
use crate::state::{ImageRepository, Project, State};
use crate::time_text::Moment;

/// What is shown only to those who ask for it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shown {
    pub(super) tags: bool,
    pub(super) tags_count: bool,
}

/// A repository of images.
#[derive(Debug, Serialize)]
pub(super) struct RepositoryBody {
    id: u64,
    name: String,
    path: String,
    project_id: u64,
    location: String,
    created_at: Moment,
    cleanup_policy_started_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<TagBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_api_path: Option<String>,
    status: Option<&'static str>,
}

impl RepositoryBody {
    pub(super) fn of(
        call: &Call<'_>,
        state: &State,
        project: &Project,
        repository: &ImageRepository,
        shown: Shown,
    ) -> Self {
        let path = path(state, project, repository);
        let tags = || {
            let tags = repository.tags.iter();
            tags.map(|tag| TagBody::of(call, state, project, repository, tag))
                .collect()
        };
        let (url, project_id) = (&call.instance.site.url, project.id.0);
        let delete_api_path = format!(
            "{url}/api/v4/projects/{project_id}/registry/repositories/{}",
            repository.id
        );
        let may_remove = call.viewer.can_admin_project(state, project);
        Self {
            id: repository.id,
            name: repository.name.clone(),
            location: format!("registry.{}/{path}", call.instance.site.host),
            path,
            project_id,
            created_at: repository.created_at,
            cleanup_policy_started_at: None,
            tags_count: shown.tags_count.then_some(repository.tags.len()),
            tags: shown.tags.then(tags),
            delete_api_path: may_remove.then_some(delete_api_path),
            status: repository.going.then_some("delete_scheduled"),
        }
    }
}

/// A tag of an image.
#[derive(Debug, Serialize)]
pub(super) struct TagBody {
    name: String,
    path: String,
    location: String,
}

impl TagBody {
    pub(super) fn of(
        call: &Call<'_>,
        state: &State,
        project: &Project,
        repository: &ImageRepository,
        tag: &str,
    ) -> Self {
        let path = format!("{}:{tag}", path(state, project, repository));
        Self {
            name: tag.to_owned(),
            location: format!("registry.{}/{path}", call.instance.site.host),
            path,
        }
    }
}

/// Where images are pushed to: below the project's path, in lower case.
fn path(state: &State, project: &Project, repository: &ImageRepository) -> String {
    let mut path = state.project_full_path(project).to_lowercase();
    if !repository.name.is_empty() {
        path.push('/');
        path.push_str(&repository.name);
    }
    path
}
