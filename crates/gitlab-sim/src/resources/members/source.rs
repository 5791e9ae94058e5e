//! Who is a member somewhere, and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::access::AccessLevel;
use crate::http::Call;
use crate::ids::{NamespaceId, UserId};
use crate::state::{GroupLink, Member, Source, State};
use crate::time_text::Day;

/// Memberships that count somewhere, at most with that level.
type Origin = (Source, Option<AccessLevel>);

/// The group whose memberships, with those of its ancestors, are inherited there.
fn heir_of(state: &State, source: Source) -> Option<NamespaceId> {
    match source {
        Source::Group(id) => state.tree.group(id)?.parent,
        Source::Project(id) => Some(state.tree.project(id)?.namespace),
    }
}

/// Everything whose members have a level there: the thing itself, the groups above, the groups that are invited to
/// one of these, and with groups invited to a project those above them.
fn origins(state: &State, source: Source, today: Day) -> Vec<Origin> {
    let links = |at: Source| -> Vec<Arc<GroupLink>> {
        let links = state.belongings.group_links.of(at);
        links.filter(|link| link.is_active(today)).cloned().collect()
    };
    let mut origins: Vec<Origin> = vec![(source, None)];
    if let Some(above) = heir_of(state, source) {
        let above = state.tree.lineage(above);
        origins.extend(above.map(|group| (Source::Group(group.id), None)));
    }
    let mut invited: Vec<Origin> = Vec::new();
    for (origin, _) in &origins {
        for link in links(*origin) {
            match origin {
                Source::Group(_) => invited.push((Source::Group(link.group), Some(link.level))),
                Source::Project(_) if is_locked(state, *origin) => {}
                Source::Project(_) => {
                    for group in state.tree.lineage(link.group) {
                        let at = Source::Group(group.id);
                        invited.push((at, Some(link.level)));
                        let deeper = links(at).into_iter();
                        invited.extend(deeper.map(|further| {
                            (Source::Group(further.group), Some(further.level.min(link.level)))
                        }));
                    }
                }
            }
        }
    }
    origins.extend(invited);
    origins
}

/// The group of the project lets no group in.
fn is_locked(state: &State, source: Source) -> bool {
    let Source::Project(id) = source else { return false };
    let group = state
        .tree
        .project(id)
        .and_then(|project| state.tree.group(project.namespace));
    group.is_some_and(|group| group.settings.share_with_group_lock)
}

/// The membership as it counts there.
fn lowered(member: &Arc<Member>, at_most: Option<AccessLevel>) -> Arc<Member> {
    match at_most.filter(|level| *level < member.level) {
        Some(level) => Arc::new(Member {
            level,
            ..Member::clone(member)
        }),
        None => Arc::clone(member),
    }
}

/// Everyone with a level there, by user: the membership with the highest level counts.
pub(super) fn effective(call: &Call<'_>, state: &State, source: Source) -> BTreeMap<UserId, Arc<Member>> {
    let today = call.now.day();
    let mut members: BTreeMap<UserId, Arc<Member>> = BTreeMap::new();
    for (origin, at_most) in origins(state, source, today) {
        for member in state.members.of_source(origin) {
            if !member.is_active(today) {
                continue;
            }
            let level = at_most.map_or(member.level, |most| most.min(member.level));
            let known = members.get(&member.user);
            if known.is_none_or(|known| level > known.level) {
                members.insert(member.user, lowered(member, at_most));
            }
        }
    }
    members
}

/// The membership that counts for one user.
pub(super) fn effective_of(
    call: &Call<'_>,
    state: &State,
    source: Source,
    user: UserId,
) -> Option<Arc<Member>> {
    let today = call.now.day();
    let origins = origins(state, source, today).into_iter();
    let members = origins.filter_map(|(origin, at_most)| {
        let member = state.members.get(origin, user)?;
        member.is_active(today).then(|| lowered(member, at_most))
    });
    // Of equals the nearest: origins come in that order.
    members.reduce(
        |known, member| {
            if member.level > known.level { member } else { known }
        },
    )
}
