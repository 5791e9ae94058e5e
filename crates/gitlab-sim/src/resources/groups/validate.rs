//! What the model of a group refuses.

use gitlab_api::names::{self, MAX_ANCESTORS, Place};
use gitlab_api::resources::Visibility;

use crate::http::refuse::{Complaints, TAKEN};
use crate::ids::NamespaceId;
use crate::state::{Group, State};

/// Checks a name that is new or changes.
pub(super) fn name(state: &State, parent: Option<NamespaceId>, name: &str, complaints: &mut Complaints) {
    complaints.add_all("name", names::group_name(name));
    if state.tree.has_group_name(parent, name) {
        complaints.add("name", TAKEN);
    }
}

/// Checks a path that is new or changes. `own` may stand there already.
pub(super) fn path(
    state: &State,
    parent: Option<NamespaceId>,
    path: &str,
    own: Option<NamespaceId>,
    complaints: &mut Complaints,
) {
    let place = if parent.is_some() {
        Place::BelowAGroup
    } else {
        Place::TopLevel
    };
    complaints.add_all("path", names::group_path(path, place));
    let there = state.tree.child(parent, path);
    if there.is_some() && there != own.map(crate::state::Child::Group) {
        complaints.add("path", TAKEN);
    }
}

pub(super) fn description(text: &str, complaints: &mut Complaints) {
    complaints.add_all("description", names::group_description(text));
}

/// Checks the depth below a parent.
pub(super) fn depth(state: &State, parent: Option<NamespaceId>, complaints: &mut Complaints) {
    if parent.is_some_and(|parent| state.tree.lineage(parent).count() > MAX_ANCESTORS) {
        complaints.add("parent_id", "has too deep level of nesting");
    }
}

/// A group is never more open than its parent.
pub(super) fn visibility_below(parent: Option<&Group>, wanted: Visibility, complaints: &mut Complaints) {
    if let Some(parent) = parent.filter(|parent| wanted > parent.visibility) {
        let above = parent.visibility;
        complaints.add(
            "visibility_level",
            format!("{wanted} is not allowed since the parent group has a {above} visibility."),
        );
    }
}

/// A group is never less open than what it holds.
pub(super) fn visibility_above(
    state: &State,
    group: NamespaceId,
    wanted: Visibility,
    complaints: &mut Complaints,
) {
    if state
        .tree
        .projects_in(group)
        .any(|project| project.visibility > wanted)
    {
        complaints.add(
            "visibility_level",
            format!("{wanted} is not allowed since this group contains projects with higher visibility."),
        );
    }
    if state.tree.subgroups(group).any(|below| below.visibility > wanted) {
        complaints.add(
            "visibility_level",
            format!("{wanted} is not allowed since there are sub-groups with higher visibility."),
        );
    }
}
