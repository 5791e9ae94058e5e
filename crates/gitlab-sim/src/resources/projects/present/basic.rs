use serde::ser::SerializeMap;

use super::ProjectView;
use crate::resources::avatar;

impl ProjectView<'_> {
    /// The keys of every body.
    pub(super) fn basic<M: SerializeMap>(&self, body: &mut M) -> Result<(), M::Error> {
        let Self { site, project, .. } = self;
        let path = self.full_path();
        body.serialize_entry("id", &project.id)?;
        body.serialize_entry("description", &project.description)?;
        body.serialize_entry("name", &project.name)?;
        let name = format_args!("{} / {}", self.namespace_name, project.name);
        body.serialize_entry("name_with_namespace", &name)?;
        body.serialize_entry("path", &project.path)?;
        body.serialize_entry("path_with_namespace", &format_args!("{path}"))?;
        body.serialize_entry("created_at", &project.created_at)?;
        if self.reads_code {
            body.serialize_entry("default_branch", &project.default_branch)?;
        }
        body.serialize_entry("tag_list", &project.topics)?;
        body.serialize_entry("topics", &project.topics)?;
        body.serialize_entry("ssh_url_to_repo", &format_args!("git@{}:{path}.git", site.host))?;
        body.serialize_entry("http_url_to_repo", &format_args!("{}/{path}.git", site.url))?;
        body.serialize_entry("web_url", &format_args!("{}/{path}", site.url))?;
        if self.reads_code {
            match (&project.default_branch, &self.readme) {
                (Some(branch), Some(readme)) => {
                    let readme = format_args!("{}/{path}/-/blob/{branch}/{readme}", site.url);
                    body.serialize_entry("readme_url", &readme)?;
                }
                _ => body.serialize_entry("readme_url", &())?,
            }
        }
        body.serialize_entry("forks_count", &self.forks_count)?;
        if self.license {
            body.serialize_entry("license_url", &())?;
            body.serialize_entry("license", &())?;
        }
        let picture = project.avatar.as_ref();
        let picture = picture.map(|picture| avatar::url(site, "project", project.id.0, picture));
        body.serialize_entry("avatar_url", &picture)?;
        body.serialize_entry("star_count", &project.star_count)?;
        body.serialize_entry("last_activity_at", &project.last_activity())?;
        body.serialize_entry("visibility", &project.visibility)?;
        body.serialize_entry("namespace", &self.namespace)?;
        if let Some(attributes) = &self.custom_attributes {
            body.serialize_entry("custom_attributes", attributes)?;
        }
        Ok(())
    }
}
