//! Moving a group: what stands in the way, in the order GitLab looks, and the move itself (GitLab API facts §7.1.9).

use std::sync::Arc;

use gitlab_api::names::MAX_ANCESTORS;

use super::{Destination, Group};
use crate::access::AccessLevel;
use crate::ids::{NamespaceId, UserId};
use crate::state::{Child, Source, State};
use crate::time_text::Moment;

impl Group {
    /// It is there already.
    pub(crate) fn is_at(&self, parent: Option<&Group>) -> Option<&'static str> {
        match parent {
            None if self.parent.is_none() => Some("Group is already a root group."),
            Some(parent) if self.parent == Some(parent.id) => {
                Some("Group is already associated to the parent group.")
            }
            _ => None,
        }
    }
}

impl State {
    /// The first reason in the tree why a group cannot move there.
    pub(crate) fn in_the_way(&self, group: &Group, parent: Option<&Group>) -> Option<&'static str> {
        let to = parent.map(|parent| parent.id);
        let there = self.tree.child(to, &group.path);
        if there.is_some_and(|there| there != Child::Group(group.id)) {
            return Some("The parent group already has a subgroup or a project with the same path.");
        }
        if let Some(reason) = self.images_hold_group(group.id) {
            return Some(reason);
        }
        if to.is_some_and(|to| self.tree.any_in_lineage(to, |above| above.id == group.id)) {
            return Some("Cannot transfer group to one of its subgroup.");
        }
        if self.tree.has_group_name(to, &group.name) {
            return Some("Validation failed: Name has already been taken");
        }
        let above = to.map_or(0, |to| self.tree.lineage(to).count());
        if above + self.levels_below(group) > MAX_ANCESTORS {
            return Some("Validation failed: Parent has too deep level of nesting");
        }
        None
    }

    fn levels_below(&self, group: &Group) -> usize {
        let own = self.tree.lineage(group.id).count();
        let below = self.tree.descendants(group.id);
        let deepest = below.last().map(|last| self.tree.lineage(last.id).count());
        deepest.map_or(0, |deepest| deepest - own)
    }

    /// Moves a group that may move. One that comes to the top level without an owner gets the one who moved it.
    pub(crate) fn transfer_group(
        &mut self,
        id: NamespaceId,
        to: Option<NamespaceId>,
        by: UserId,
        now: Moment,
    ) -> Option<Arc<Group>> {
        let moved = self.move_group(id, to, now)?;
        let source = Source::Group(id);
        let is_owned = self
            .members
            .of_source(source)
            .any(|member| member.level == AccessLevel::Owner && member.is_active(now.day()));
        if to.is_none() && !is_owned {
            self.set_member(source, by, AccessLevel::Owner, None, Some(by), now);
        }
        Some(moved)
    }

    /// What a worker does with a transfer that was asked for: it looks again, and a failure is only mailed.
    pub(crate) fn finish_transfer(&mut self, id: NamespaceId, to: Destination, by: UserId, now: Moment) {
        let asked_for = self.tree.group(id).filter(|group| group.moving == Some(to));
        let Some(group) = asked_for.cloned() else {
            return;
        };
        let parent = to.0.and_then(|to| self.tree.group(to));
        let is_lost = to.0.is_some() && parent.is_none();
        let parent = parent.map(AsRef::as_ref);
        if is_lost
            || group
                .is_at(parent)
                .or_else(|| self.in_the_way(&group, parent))
                .is_some()
        {
            self.tree.put_group(Arc::new(Group {
                moving: None,
                ..Group::clone(&group)
            }));
        } else {
            self.transfer_group(id, to.0, by, now);
        }
    }
}
