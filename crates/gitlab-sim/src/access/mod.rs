//! Who may see and do what.
//!
//! [`Viewer`] is whoever sent the request. Levels come from direct memberships, those of ancestors, and those of
//! invited groups; the questions are GitLab's own abilities, answered from the level (GitLab API facts §0.5, §6.4,
//! §7).

mod code;
mod level;
mod reach;
mod share;

use std::sync::Arc;

use gitlab_api::resources::Visibility;

pub(crate) use code::{default_protection, developers_may, is_invited, protections, protections_of};
pub use level::AccessLevel;

use crate::ids::{NamespaceId, UserId};
use crate::state::{Group, Namespace, Project, Source, State, User};
use crate::time_text::Day;

/// The one who asks: a user, or nobody known.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    user: Option<Arc<User>>,
    today: Day,
}

impl Viewer {
    pub(crate) fn new(user: Option<Arc<User>>, today: Day) -> Self {
        Self { user, today }
    }

    pub(crate) fn user(&self) -> Option<&Arc<User>> {
        self.user.as_ref()
    }

    pub(crate) fn id(&self) -> Option<UserId> {
        self.user.as_ref().map(|user| user.id)
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.admin)
    }

    // --- levels

    /// The viewer's level on a group, from it or an ancestor. Administrators have no level by that.
    pub(crate) fn level_on_group(&self, state: &State, group: NamespaceId) -> Option<AccessLevel> {
        level_on_group(state, self.id()?, group, self.today)
    }

    /// The viewer's level on a project, from it, its group or an ancestor.
    pub(crate) fn level_on_project(&self, state: &State, project: &Project) -> Option<AccessLevel> {
        level_on_project(state, self.id()?, project, self.today)
    }

    fn group_at_least(&self, state: &State, group: NamespaceId, level: AccessLevel) -> bool {
        self.is_admin() || self.level_on_group(state, group) >= Some(level)
    }

    fn project_at_least(&self, state: &State, project: &Project, level: AccessLevel) -> bool {
        self.is_admin() || self.level_on_project(state, project) >= Some(level)
    }

    // --- seeing

    fn sees(&self, visibility: Visibility) -> bool {
        match visibility {
            Visibility::Public => true,
            Visibility::Internal => self.user.as_ref().is_some_and(|user| !user.external),
            Visibility::Private => false,
        }
    }

    pub(crate) fn can_read_group(&self, state: &State, group: &Group) -> bool {
        self.sees_group(group) || self.belongs_to_group(state, group.id)
    }

    /// The viewer may see the group without belonging to it.
    pub(crate) fn sees_group(&self, group: &Group) -> bool {
        self.is_admin() || self.sees(group.visibility)
    }

    pub(crate) fn can_read_project(&self, state: &State, project: &Project) -> bool {
        let member = || self.level_on_project(state, project).is_some();
        !project.pending_delete && (self.sees_project(project) || member())
    }

    /// The viewer may see the project without being a member.
    pub(crate) fn sees_project(&self, project: &Project) -> bool {
        self.is_admin() || self.sees(project.visibility)
    }

    /// The viewer may look into the project's repository. `level` is the viewer's own.
    pub(crate) fn can_read_code(&self, project: &Project, level: Option<AccessLevel>) -> bool {
        let private = project.visibility == Visibility::Private;
        match project.settings.repository_access_level.as_ref() {
            "disabled" => false,
            _ if self.is_admin() => true,
            // Guests of a private project see its issues, not its code.
            _ if private => level >= Some(AccessLevel::Reporter),
            "private" => level.is_some(),
            _ => true,
        }
    }

    /// A namespace may be looked at by its user, and a group by whoever can read it.
    pub(crate) fn can_read_namespace(&self, state: &State, id: NamespaceId) -> bool {
        match state.tree.namespace(id) {
            Some(Namespace::Group(group)) => self.can_read_group(state, group),
            Some(Namespace::Personal(user)) => self.is_admin() || self.id() == Some(*user),
            None => false,
        }
    }

    /// Member of the group, of an ancestor, or of anything below; also as a member of a group invited there.
    pub(crate) fn belongs_to_group(&self, state: &State, group: NamespaceId) -> bool {
        self.level_on_group(state, group).is_some()
            || self.sources(state).any(|source| {
                let holder = match source {
                    Source::Group(id) => Some(id),
                    Source::Project(id) => state.tree.project(id).map(|project| project.namespace),
                };
                holder.is_some_and(|id| state.tree.any_in_lineage(id, |above| above.id == group))
            })
    }

    // --- doing

    /// Create, rename and delete rights over the group, and its members.
    pub(crate) fn can_admin_group(&self, state: &State, group: NamespaceId) -> bool {
        self.group_at_least(state, group, AccessLevel::Owner)
    }

    /// Asked of the user and of the instance.
    pub(crate) fn can_create_top_level_group(&self, state: &State) -> bool {
        let open = state.settings().top_level_group_creation_enabled();
        self.user
            .as_ref()
            .is_some_and(|user| user.admin || open && user.can_create_group && !user.external)
    }

    /// Nobody creates anything in what is archived or about to go.
    fn takes_nothing_new(state: &State, group: NamespaceId) -> bool {
        state
            .tree
            .any_in_lineage(group, |above| above.archived || above.marked_on.is_some())
    }

    pub(crate) fn can_create_subgroup(&self, state: &State, parent: &Group) -> bool {
        let needed = match parent.settings.subgroup_creation_level.as_ref() {
            "owner" => AccessLevel::Owner,
            _ => AccessLevel::Maintainer,
        };
        self.group_at_least(state, parent.id, needed) && !Self::takes_nothing_new(state, parent.id)
    }

    /// Whether the viewer may create projects in a group or personal namespace.
    pub(crate) fn can_create_project_in(&self, state: &State, namespace: NamespaceId) -> bool {
        match state.tree.namespace(namespace) {
            Some(Namespace::Personal(user)) => self.is_admin() || self.id() == Some(*user),
            Some(Namespace::Group(group)) => {
                let needed = match group.settings.project_creation_level.as_ref() {
                    "noone" | "administrator" => None,
                    "owner" => Some(AccessLevel::Owner),
                    "maintainer" => Some(AccessLevel::Maintainer),
                    _ => Some(AccessLevel::Developer),
                };
                let allowed = match needed {
                    Some(level) => self.group_at_least(state, namespace, level),
                    None => self.is_admin(),
                };
                allowed && !Self::takes_nothing_new(state, namespace)
            }
            None => false,
        }
    }

    /// Settings, names and members of the project.
    pub(crate) fn can_admin_project(&self, state: &State, project: &Project) -> bool {
        self.project_at_least(state, project, AccessLevel::Maintainer)
    }

    /// Visibility, archiving, deletion and restoring of the project.
    pub(crate) fn can_own_project(&self, state: &State, project: &Project) -> bool {
        self.project_at_least(state, project, AccessLevel::Owner)
    }

    /// The viewer's level over the members of a source; an administrator counts as owner.
    pub(crate) fn level_on(&self, state: &State, source: Source) -> Option<AccessLevel> {
        if self.is_admin() {
            return Some(AccessLevel::Owner);
        }
        match source {
            Source::Group(id) => self.level_on_group(state, id),
            Source::Project(id) => self.level_on_project(state, state.tree.project(id)?),
        }
    }

    /// Whether the viewer may add, change and remove members there at all.
    pub(crate) fn can_admin_members(&self, state: &State, source: Source) -> bool {
        let needed = match source {
            Source::Group(_) => AccessLevel::Owner,
            Source::Project(_) => AccessLevel::Maintainer,
        };
        self.level_on(state, source) >= Some(needed)
    }
}

/// A user's level on a group, from it or an ancestor, or as a member of a group invited to one of them. Expired
/// memberships and invitations count for nothing.
pub(crate) fn level_on_group(
    state: &State,
    user: UserId,
    group: NamespaceId,
    today: Day,
) -> Option<AccessLevel> {
    state
        .tree
        .lineage(group)
        .filter_map(|above| {
            let own = direct(state, Source::Group(above.id), user, today);
            own.max(share::on_group(state, user, above.id, today))
        })
        .max()
}

/// A user's level on a project, from it, its group or an ancestor, or as a member of an invited group; the user of
/// a personal namespace owns it.
pub(crate) fn level_on_project(
    state: &State,
    user: UserId,
    project: &Project,
    today: Day,
) -> Option<AccessLevel> {
    let own = direct(state, Source::Project(project.id), user, today);
    let inherited = match state.tree.namespace(project.namespace) {
        Some(Namespace::Personal(owner)) => (*owner == user).then_some(AccessLevel::Owner),
        _ => level_on_group(state, user, project.namespace, today),
    };
    own.max(inherited)
        .max(share::on_project(state, user, project, today))
}

/// The highest level inherited from above, with the group it comes from: for a group from its ancestors, for a
/// project from its group and that one's ancestors.
pub(crate) fn inherited_level(
    state: &State,
    user: UserId,
    source: Source,
    today: Day,
) -> Option<(AccessLevel, Arc<Group>)> {
    let above = match source {
        Source::Group(id) => state.tree.group(id)?.parent?,
        Source::Project(id) => state.tree.project(id)?.namespace,
    };
    state
        .tree
        .lineage(above)
        .filter_map(|group| {
            let level = direct(state, Source::Group(group.id), user, today)?;
            Some((level, Arc::clone(group)))
        })
        .max_by_key(|(level, _)| *level)
}

fn direct(state: &State, source: Source, user: UserId, today: Day) -> Option<AccessLevel> {
    let member = state.members.get(source, user)?;
    member.is_active(today).then_some(member.level)
}
