//! What the model of a group refuses.

use std::net::IpAddr;

use gitlab_api::names::{self, MAX_ANCESTORS, Place};
use gitlab_api::resources::Visibility;

use crate::http::Call;
use crate::http::refuse::{Complaints, TAKEN};
use crate::ids::{NamespaceId, ProjectId};
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

/// Checks the depth below a parent, for a group with so many levels below itself.
pub(super) fn depth(
    state: &State,
    parent: Option<NamespaceId>,
    levels_below: usize,
    complaints: &mut Complaints,
) {
    let above = parent.map_or(0, |parent| state.tree.lineage(parent).count());
    if above + levels_below > MAX_ANCESTORS {
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

/// Levels that the instance restricts are for administrators.
pub(super) fn visibility_allowed(
    call: &Call<'_>,
    state: &State,
    wanted: Visibility,
    complaints: &mut Complaints,
) {
    if state.settings().restricts(wanted) && !call.viewer.is_admin() {
        let text = format!("{wanted} has been restricted by your GitLab administrator");
        complaints.add("visibility_level", text);
    }
}

/// Below a group that locks sharing only its owner lifts the lock.
pub(super) fn unlocking(
    call: &Call<'_>,
    state: &State,
    old: &Group,
    parent: &Group,
    complaints: &mut Complaints,
) {
    let lifted = old.settings.share_with_group_lock && parent.settings.share_with_group_lock;
    if lifted && !call.viewer.can_admin_group(state, parent.id) {
        complaints.add(
            "share_with_group_lock",
            "cannot be disabled when the parent group \"Share with group lock\" is enabled, except by the owner \
             of the parent group",
        );
    }
}

/// A group below one that switched the instance's runners off for good cannot have them.
pub(super) fn runners_below(parent: &Group, wanted: &str, complaints: &mut Complaints) {
    if parent.settings.shared_runners_setting != "disabled_and_unoverridable" {
        return;
    }
    match wanted {
        "enabled" => complaints.add(
            "shared_runners_enabled",
            "cannot be enabled because parent group has shared Runners disabled",
        ),
        "disabled_and_overridable" => complaints.add(
            "allow_descendants_override_disabled_shared_runners",
            "cannot be enabled because parent group does not allow it",
        ),
        _ => {}
    }
}

/// Comma separated networks, of top-level groups only.
pub(super) fn ip_ranges(ranges: &str, parent: Option<&Group>, complaints: &mut Complaints) {
    let is_network = |range: &str| {
        let (address, bits) = range.split_once('/').unwrap_or((range, "0"));
        let address: Option<IpAddr> = address.parse().ok();
        let most = address.map_or(0, |address| if address.is_ipv4() { 32 } else { 128 });
        address.is_some() && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
    };
    if !ranges.split(',').map(str::trim).all(is_network) {
        complaints.add("ip_restrictions.range", "is an invalid IP address range");
    }
    if parent.is_some() {
        complaints.add(
            "ip_restrictions.group",
            "IP subnet restriction only allowed for top-level groups",
        );
    }
}

/// The project with file templates is one of the group's own.
pub(super) fn template(state: &State, id: i64, group: Option<&Group>, complaints: &mut Complaints) {
    let project = u64::try_from(id)
        .ok()
        .and_then(|id| state.tree.project(ProjectId(id)));
    if project.map(|project| project.namespace) != group.map(|group| group.id) || project.is_none() {
        complaints.add("file_template_project_id", "is invalid");
    }
}
