use serde::Serialize;

use super::Place;
use crate::http::Call;
use crate::state::{Badge, Project, Source, State};

/// A badge as bodies show it.
#[derive(Debug, Serialize)]
pub(super) struct BadgeBody {
    id: u64,
    name: Option<String>,
    #[serde(flatten)]
    urls: Urls,
    kind: &'static str,
}

/// The addresses, as they were given and as they are for the project.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the keys of the body")]
pub(super) struct Urls {
    link_url: String,
    image_url: String,
    rendered_link_url: String,
    rendered_image_url: String,
}

impl Urls {
    pub(super) fn of(call: &Call<'_>, state: &State, place: &Place, link: &str, image: &str) -> Self {
        let fill = |url: &str| match &place.project {
            Some(project) => filled(call, state, project, url),
            None => url.to_owned(),
        };
        Self {
            rendered_link_url: fill(link),
            rendered_image_url: fill(image),
            link_url: link.to_owned(),
            image_url: image.to_owned(),
        }
    }
}

impl BadgeBody {
    pub(super) fn of(call: &Call<'_>, state: &State, place: &Place, source: Source, badge: &Badge) -> Self {
        Self {
            id: badge.id,
            name: badge.name.clone(),
            urls: Urls::of(call, state, place, &badge.link_url, &badge.image_url),
            kind: match source {
                Source::Group(_) => "group",
                Source::Project(_) => "project",
            },
        }
    }
}

/// An address with what the placeholders stand for in that project. Unknown ones stay.
fn filled(call: &Call<'_>, state: &State, project: &Project, url: &str) -> String {
    let path = state.project_full_path(project);
    let repository = state.belongings.repositories.of(project);
    let branch = project.default_branch.clone().unwrap_or_default();
    let commit = repository.branch(&branch).map(|commit| commit.id.to_string());
    let tag = repository.tags().last().map(|(name, _)| name.to_owned());
    let namespace = state.full_path(project.namespace);
    let root = namespace.split('/').next().unwrap_or_default().to_owned();
    let host = &call.instance.site.host;
    let server = host.split(':').next().unwrap_or_default().to_owned();
    let mut url = url.to_owned();
    for (name, value) in [
        ("%{project_path}", path),
        ("%{project_title}", project.name.clone()),
        ("%{project_name}", project.path.clone()),
        ("%{project_id}", project.id.to_string()),
        ("%{project_namespace}", namespace),
        ("%{group_name}", root),
        ("%{gitlab_server}", server),
        ("%{gitlab_pages_domain}", "example.com".to_owned()),
        ("%{default_branch}", branch),
        ("%{commit_sha}", commit.unwrap_or_default()),
        ("%{latest_tag}", tag.unwrap_or_default()),
    ] {
        url = url.replace(name, &value);
    }
    url
}
