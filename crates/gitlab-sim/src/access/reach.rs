//! What a user reaches by membership, for the lists that show one's own things.

use std::collections::BTreeSet;

use super::{Viewer, share};
use crate::ids::{NamespaceId, ProjectId};
use crate::state::{Namespace, Source, State};

impl Viewer {
    /// The groups the viewer belongs to: those of memberships, all below them, and all above memberships.
    pub(crate) fn own_groups(&self, state: &State) -> BTreeSet<NamespaceId> {
        let mut found = BTreeSet::new();
        for source in self.sources(state) {
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
        for source in self.sources(state) {
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
            .memberships(state)
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

    /// The groups and projects the viewer has a level on by a membership there, or by one in a group invited there.
    /// The same one may come twice. Invitations are looked at last, because that costs what is below the
    /// memberships.
    pub(super) fn sources(&self, state: &State) -> impl Iterator<Item = Source> {
        let invitations = std::iter::once_with(|| self.invitations(state)).flatten();
        self.memberships(state).chain(invitations)
    }

    /// What the viewer is a direct member of.
    fn memberships(&self, state: &State) -> impl Iterator<Item = Source> {
        self.id().into_iter().flat_map(move |user| {
            let sources = state.members.of_user(user);
            sources.filter(move |source| {
                state
                    .members
                    .get(*source, user)
                    .is_some_and(|member| member.is_active(self.today))
            })
        })
    }

    /// What groups of the viewer's are invited to. An invitation to a group counts for direct members, one to a
    /// project for whoever has a level on the invited group.
    fn invitations(&self, state: &State) -> Vec<Source> {
        let links = &state.belongings.group_links;
        if links.is_empty() {
            return Vec::new();
        }
        let active = |source: &Source, invited: NamespaceId| {
            links
                .get(*source, invited)
                .is_some_and(|link| link.is_active(self.today))
        };
        let direct: Vec<NamespaceId> = self
            .memberships(state)
            .filter_map(|source| match source {
                Source::Group(id) => Some(id),
                Source::Project(_) => None,
            })
            .collect();
        let mut found = BTreeSet::new();
        for invited in &direct {
            let sources = links.of_invited(*invited);
            found.extend(
                sources.filter(|source| matches!(source, Source::Group(_)) && active(source, *invited)),
            );
        }
        let mut reached: BTreeSet<NamespaceId> = direct.into_iter().collect();
        reached.extend(found.iter().filter_map(|source| match source {
            Source::Group(id) => Some(*id),
            Source::Project(_) => None,
        }));
        let below: Vec<_> = reached
            .iter()
            .flat_map(|id| state.tree.descendants(*id))
            .collect();
        reached.extend(below.iter().map(|group| group.id));
        for invited in reached {
            let sources = links.of_invited(invited);
            found.extend(sources.filter(|source| {
                let Source::Project(id) = source else { return false };
                let open = state
                    .tree
                    .project(*id)
                    .is_some_and(|project| !share::is_locked(state, project));
                open && active(source, invited)
            }));
        }
        found.into_iter().collect()
    }
}
