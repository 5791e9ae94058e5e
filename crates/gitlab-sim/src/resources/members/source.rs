use std::collections::BTreeMap;
use std::sync::Arc;

use crate::http::{Call, Refusal};
use crate::ids::{NamespaceId, UserId};
use crate::resources::find;
use crate::state::{Member, Source, State};

/// The group or project of the path, if the viewer may see it.
pub(super) fn of_path(call: &Call<'_>, state: &State) -> Result<Source, Refusal> {
    if call.path.starts_with("/api/v4/groups/") {
        Ok(Source::Group(find::group(call, state, call.arg(0))?.id))
    } else {
        Ok(Source::Project(find::project(call, state, call.arg(0))?.id))
    }
}

/// The group whose memberships, with those of its ancestors, are inherited there.
pub(super) fn heir_of(state: &State, source: Source) -> Option<NamespaceId> {
    match source {
        Source::Group(id) => state.tree.group(id)?.parent,
        Source::Project(id) => Some(state.tree.project(id)?.namespace),
    }
}

/// Everyone with a level there, by user: the membership with the highest level counts.
pub(super) fn effective(call: &Call<'_>, state: &State, source: Source) -> BTreeMap<UserId, Arc<Member>> {
    let today = call.now.day();
    let above = heir_of(state, source)
        .into_iter()
        .flat_map(|id| state.tree.lineage(id));
    let inherited = above.flat_map(|group| state.members.of_source(Source::Group(group.id)));
    let mut members: BTreeMap<UserId, Arc<Member>> = BTreeMap::new();
    for member in state
        .members
        .of_source(source)
        .chain(inherited)
        .filter(|member| member.is_active(today))
    {
        let known = members.entry(member.user).or_insert_with(|| Arc::clone(member));
        if member.level > known.level {
            *known = Arc::clone(member);
        }
    }
    members
}
