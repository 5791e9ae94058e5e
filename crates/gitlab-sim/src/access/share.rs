//! What invitations of groups are worth to the groups' members: the lower of the invitation's level and the member's
//! own (GitLab API facts §7.1.10, §7.3).

use super::{AccessLevel, direct, level_on_group};
use crate::ids::{NamespaceId, UserId};
use crate::state::{Project, Source, State};
use crate::time_text::Day;

/// By the groups invited to exactly this group. Only their direct members count.
pub(super) fn on_group(state: &State, user: UserId, group: NamespaceId, today: Day) -> Option<AccessLevel> {
    let links = state.belongings.group_links.of(Source::Group(group));
    links
        .filter(|link| link.is_active(today))
        .filter_map(|link| {
            Some(
                link.level
                    .min(direct(state, Source::Group(link.group), user, today)?),
            )
        })
        .max()
}

/// By the groups invited to the project. Whoever has a level on them counts; nobody does while the project's group
/// locks sharing.
pub(super) fn on_project(state: &State, user: UserId, project: &Project, today: Day) -> Option<AccessLevel> {
    let links = state.belongings.group_links.of(Source::Project(project.id));
    links
        .filter(|link| link.is_active(today) && !is_locked(state, project))
        .filter_map(|link| Some(link.level.min(level_on_group(state, user, link.group, today)?)))
        .max()
}

/// The project's group lets no group be invited to its projects.
pub(super) fn is_locked(state: &State, project: &Project) -> bool {
    state
        .tree
        .group(project.namespace)
        .is_some_and(|group| group.settings.share_with_group_lock)
}
