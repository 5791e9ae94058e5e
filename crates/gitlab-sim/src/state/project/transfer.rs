use std::sync::Arc;

use gitlab_api::resources::Visibility;

use super::Project;
use crate::access::AccessLevel;
use crate::ids::{NamespaceId, ProjectId, UserId};
use crate::state::{Child, Namespace, Source, State};
use crate::time_text::Moment;

impl State {
    /// What stands where the project would go.
    pub(crate) fn project_in_the_way(&self, project: &Project, to: NamespaceId) -> Option<&'static str> {
        let going = |id| self.tree.project(id).is_some_and(|there| there.pending_delete);
        match self.tree.child(Some(to), &project.path) {
            Some(Child::Project(id)) if going(id) => Some(
                "A project with the same name or path was recently deleted in the target namespace. Please wait for \
                 the deletion to complete or permanently delete it first.",
            ),
            None if !self.tree.has_project_name(to, &project.name) => self.images_hold_project(project, to),
            _ => Some("Project with same name or path in target namespace already exists"),
        }
    }

    /// Moves a project, with all that hangs on it. It becomes at most as open as where it goes.
    pub(crate) fn transfer_project(
        &mut self,
        id: ProjectId,
        to: NamespaceId,
        by: UserId,
        now: Moment,
    ) -> Option<Arc<Project>> {
        let project = self.tree.project(id)?;
        let most_open = self
            .tree
            .group(to)
            .map_or(Visibility::Public, |group| group.visibility);
        let moved = Arc::new(Project {
            namespace: to,
            moving: None,
            visibility: project.visibility.min(most_open),
            updated_at: now,
            ..Project::clone(project)
        });
        self.tree.put_project(Arc::clone(&moved));
        if let Some(Namespace::Personal(owner)) = self.tree.namespace(to) {
            let (owner, source) = (*owner, Source::Project(id));
            self.set_member(source, owner, AccessLevel::Owner, None, Some(by), now);
        }
        Some(moved)
    }

    /// Ends a move that was left to a worker, if nothing came in the way meanwhile.
    pub(crate) fn finish_project_transfer(
        &mut self,
        id: ProjectId,
        to: NamespaceId,
        by: UserId,
        now: Moment,
    ) {
        let Some(project) = self.tree.project(id).filter(|project| project.moving == Some(to)) else {
            return;
        };
        let project = Arc::clone(project);
        let there = self.tree.namespace(to).is_some();
        if there && !project.pending_delete && self.project_in_the_way(&project, to).is_none() {
            self.transfer_project(id, to, by, now);
        } else {
            self.tree.put_project(Arc::new(Project {
                moving: None,
                ..Project::clone(&project)
            }));
        }
    }
}
