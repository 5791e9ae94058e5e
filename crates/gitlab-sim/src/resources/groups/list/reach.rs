use std::collections::BTreeSet;
use std::sync::Arc;

use super::wanted::Wanted;
use crate::access::AccessLevel;
use crate::http::Call;
use crate::ids::NamespaceId;
use crate::state::{Group, Holder, State};

/// Which groups a list may hold for the one who asks.
pub(super) struct Reach {
    who: Who,
    /// Only these, found by what administrators pinned to them.
    marked: Option<BTreeSet<NamespaceId>>,
}

enum Who {
    /// Every readable one: those open to the viewer, and these, which the viewer belongs to.
    Readable(BTreeSet<NamespaceId>),
    /// Those the viewer belongs to.
    Own(BTreeSet<NamespaceId>),
    /// Of those the viewer belongs to the ones with at least this level; `owned` is the highest. Wins over
    /// `all_available`.
    Level(AccessLevel, BTreeSet<NamespaceId>),
}

impl Reach {
    pub(super) fn of(call: &Call<'_>, state: &State, wanted: &Wanted) -> Self {
        let level = if wanted.owned {
            Some(AccessLevel::Owner)
        } else {
            wanted.min_level
        };
        let is_known = call.viewer.user().is_some();
        let all = wanted.all_available.unwrap_or(call.viewer.is_admin());
        let who = match level {
            Some(level) if is_known => Who::Level(level, call.viewer.own_groups(state)),
            // Found once and not for every row; an administrator reads everything anyway.
            _ if call.viewer.is_admin() && all => Who::Readable(BTreeSet::new()),
            _ if all || !is_known => Who::Readable(call.viewer.own_groups(state)),
            _ => Who::Own(call.viewer.own_groups(state)),
        };
        let marked = (call.viewer.is_admin() && !wanted.custom_attributes.is_empty())
            .then(|| pinned(state, &wanted.custom_attributes));
        Self { who, marked }
    }

    /// Whether only what the viewer may read at all decides.
    pub(super) fn is_everything(&self) -> bool {
        self.marked.is_none() && matches!(self.who, Who::Readable(_))
    }

    /// The groups to look at, by ascending id, when they can be told without looking at all.
    pub(super) fn few<'s>(&self, state: &'s State) -> Option<Vec<&'s Arc<Group>>> {
        let ids = match (&self.marked, &self.who) {
            (Some(ids), _) | (None, Who::Own(ids) | Who::Level(_, ids)) => ids,
            (None, Who::Readable(_)) => return None,
        };
        Some(ids.iter().filter_map(|id| state.tree.group(*id)).collect())
    }

    pub(super) fn holds(&self, call: &Call<'_>, state: &State, group: &Group) -> bool {
        let is_marked = self
            .marked
            .as_ref()
            .is_none_or(|groups| groups.contains(&group.id));
        is_marked
            && match &self.who {
                Who::Readable(own) => call.viewer.sees_group(group) || own.contains(&group.id),
                Who::Own(groups) => groups.contains(&group.id),
                Who::Level(level, _) => call.viewer.level_on_group(state, group.id) >= Some(*level),
            }
    }
}

/// The groups that have all the pairs.
fn pinned(state: &State, pairs: &[(String, String)]) -> BTreeSet<NamespaceId> {
    let holders = |(key, value): &(String, String)| -> BTreeSet<NamespaceId> {
        let attributes = state.belongings.custom_attributes.iter();
        attributes
            .filter(|(_, attribute)| attribute.key == *key && attribute.value == *value)
            .filter_map(|(of, _)| match of {
                Holder::Group(id) => Some(id),
                Holder::Project(_) | Holder::User(_) => None,
            })
            .collect()
    };
    let all = pairs.iter().map(holders);
    all.reduce(|some, others| &some & &others).unwrap_or_default()
}
