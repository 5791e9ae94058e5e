//! Images in the container registry, and what GitLab refuses because of them (GitLab API facts §5.4).
//!
//! The registry is one that keeps its metadata in a database, as GitLab.com's: images follow a project that is renamed,
//! or moved below the same top-level group.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Project, State};
use crate::ids::{NamespaceId, ProjectId};
use crate::time_text::Moment;

/// Images under one name. The first that is pushed makes it, and it stays when its last tag is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImageRepository {
    pub(crate) id: u64,
    /// Below the project's path; empty for images of the project itself.
    pub(crate) name: String,
    pub(crate) created_at: Moment,
    pub(crate) tags: Vec<String>,
    /// A worker removes it.
    pub(crate) going: bool,
}

impl State {
    /// Keeps an image with these tags, as `docker push` does.
    pub(crate) fn push_image(&mut self, project: ProjectId, name: &str, tags: &[String], now: Moment) {
        let images = &mut self.belongings.images;
        let known = images.of(project).find(|repository| repository.name == name);
        let Some(known) = known.cloned() else {
            images.add(project, |id| ImageRepository {
                id,
                name: name.to_owned(),
                created_at: now,
                tags: tags.to_vec(),
                going: false,
            });
            return;
        };
        let mut pushed = ImageRepository::clone(&known);
        let new = tags.iter().filter(|tag| !known.tags.contains(tag));
        pushed.tags.extend(new.cloned());
        images.put(project, known.id, Arc::new(pushed));
    }

    /// The images of all projects in a group, at all depths.
    pub(crate) fn images_below(
        &self,
        group: NamespaceId,
    ) -> impl Iterator<Item = (&Arc<Project>, &Arc<ImageRepository>)> {
        let all = self.belongings.images.iter();
        all.filter_map(move |(project, repository)| {
            let project = self.tree.project(project)?;
            let is_below = self
                .tree
                .any_in_lineage(project.namespace, |above| above.id == group);
            is_below.then_some((project, repository))
        })
    }

    /// Why a group with images stays at its path, tagged or not.
    pub(crate) fn images_hold_group(&self, group: NamespaceId) -> Option<&'static str> {
        self.images_below(group).next().map(|_| {
            "Cannot update the path because there are projects under this group that contain Docker images in their \
             container registry. Please remove the images from your projects first and try again."
        })
    }

    /// Whether a project has an image with a tag.
    pub(crate) fn has_tagged_images(&self, project: ProjectId) -> bool {
        let mut images = self.belongings.images.of(project);
        images.any(|repository| !repository.tags.is_empty())
    }

    /// Why a project with images does not go there.
    pub(crate) fn images_hold_project(&self, project: &Project, to: NamespaceId) -> Option<&'static str> {
        let root = |id| self.tree.lineage(id).last().map_or(id, |top| top.id);
        (root(project.namespace) != root(to) && self.has_tagged_images(project.id)).then_some(
            "Project cannot be transferred to a different top-level namespace, because image tags are present in its \
             container registry",
        )
    }
}
