//! What a user reaches by membership, for the lists that show one's own things.

use std::collections::BTreeSet;

use super::Viewer;
use crate::ids::{NamespaceId, ProjectId};
use crate::state::{Namespace, Source, State};

impl Viewer {
    /// The groups the viewer belongs to: those of memberships, all below them, and all above memberships.
    pub(crate) fn own_groups(&self, state: &State) -> BTreeSet<NamespaceId> {
        let mut found = BTreeSet::new();
        for source in self.active_sources(state) {
            match source {
                Source::Group(id) => {
                    found.extend(state.tree.lineage(id).map(|group| group.id));
                    found.extend(state.tree.descendants(id).iter().map(|group| group.id));
                }
                Source::Project(id) => {
                    if let Some(project) = state.tree.project(id) {
                        found.extend(state.tree.lineage(project.namespace).map(|group| group.id));
                    }
                }
            }
        }
        found
    }

    /// The projects the viewer is a member of, directly or through a group.
    pub(crate) fn own_projects(&self, state: &State) -> BTreeSet<ProjectId> {
        let mut found = BTreeSet::new();
        if let Some(user) = self.user() {
            found.extend(state.tree.projects_in(user.namespace).map(|project| project.id));
        }
        for source in self.active_sources(state) {
            match source {
                Source::Project(id) => {
                    found.insert(id);
                }
                Source::Group(id) => {
                    let below = state.tree.descendants(id);
                    for group in std::iter::once(id).chain(below.iter().map(|group| group.id)) {
                        found.extend(state.tree.projects_in(group).map(|project| project.id));
                    }
                }
            }
        }
        found
    }

    /// The groups the viewer is a direct member of, and the viewer's own namespace.
    pub(crate) fn own_namespaces(&self, state: &State) -> BTreeSet<NamespaceId> {
        let mut found: BTreeSet<NamespaceId> = self
            .active_sources(state)
            .into_iter()
            .filter_map(|source| match source {
                Source::Group(id) => Some(id),
                Source::Project(_) => None,
            })
            .collect();
        found.extend(self.user().map(|user| user.namespace));
        found
    }

    /// The viewer owns the namespace: it is the viewer's own, or a group on owner level.
    pub(crate) fn owns_namespace(&self, state: &State, id: NamespaceId) -> bool {
        match state.tree.namespace(id) {
            Some(Namespace::Personal(user)) => self.id() == Some(*user),
            Some(Namespace::Group(_)) => self.level_on_group(state, id) == Some(super::AccessLevel::Owner),
            None => false,
        }
    }

    fn active_sources(&self, state: &State) -> Vec<Source> {
        let Some(user) = self.id() else { return Vec::new() };
        let active = |source: &Source| {
            state
                .members
                .get(*source, user)
                .is_some_and(|member| member.is_active(self.today))
        };
        state.members.of_user(user).filter(active).collect()
    }
}
