//! Lists of groups: all of them, and those below one (GitLab API facts §7.1.2, §7.1.11).

mod order;
mod reach;
mod wanted;

use std::sync::Arc;

use gitlab_api::resources::Visibility;

use order::By;
pub(super) use order::Order;
use reach::Reach;
use wanted::Wanted;

use super::present::GroupView;
use crate::http::page;
use crate::http::{Answer, Call, Reply};
use crate::ids::NamespaceId;
use crate::params::Ask;
use crate::resources::find;
use crate::state::{Group, State};

/// Levels a list can be narrowed to.
pub(in crate::resources) const LEVELS: [i64; 6] = [10, 15, 20, 30, 40, 50];

/// The `visibility` parameter.
pub(in crate::resources) fn visibility(ask: &mut Ask<'_>) -> Option<Visibility> {
    ask.choice("visibility", &["private", "internal", "public"])?
        .parse()
        .ok()
}

/// `GET /groups`
pub(super) fn all(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    let anonymous = call.viewer.user().is_none();
    if wanted.keyset {
        // Signed-in users get plain offset pages whatever they ask for.
        if anonymous {
            return by_keyset(call, &wanted);
        }
    } else if anonymous {
        wanted.offset.within_cap("Group")?;
    }
    Ok(everywhere(call, &wanted))
}

/// `GET /groups/:id/subgroups`
pub(super) fn subgroups(call: &Call<'_>) -> Answer {
    below(call, |state, id| state.tree.subgroups(id).cloned().collect())
}

/// `GET /groups/:id/descendant_groups`
pub(super) fn descendants(call: &Call<'_>) -> Answer {
    below(call, |state, id| state.tree.descendants(id))
}

/// All groups, found one by one in the order of the list, so that a page costs what it shows and counts.
fn everywhere(call: &Call<'_>, wanted: &Wanted) -> Reply {
    let page = {
        let state = call.state();
        let reach = Reach::of(call, &state, wanted);
        let rows = in_order(&state, wanted, &reach);
        let page = if call.viewer.is_admin() && reach.is_everything() && !wanted.narrows() {
            wanted.offset.cut_of(rows, state.tree.group_count())
        } else {
            let matching =
                |group: &&Arc<Group>| reach.holds(call, &state, group) && wanted.matches(&state, group);
            wanted.offset.cut(rows.filter(matching))
        };
        page.map(|group| Some(row(call, &state, wanted, group)))
    };
    page.reply(call)
}

/// All groups that may match, in the order of the list.
fn in_order<'s>(
    state: &'s State,
    wanted: &Wanted,
    reach: &Reach,
) -> Box<dyn Iterator<Item = &'s Arc<Group>> + 's> {
    let tree = &state.tree;
    let few = reach.few(state).or_else(|| {
        let search = wanted.search.as_ref()?;
        Some(tree.groups_for(search)?.collect())
    });
    if let Some(mut few) = few {
        wanted.order.sort(&mut few);
        return Box::new(few.into_iter());
    }
    match (&wanted.order.by, wanted.order.descending) {
        (By::Name | By::Similarity(_), false) => Box::new(tree.groups_by_name(None)),
        (By::Name | By::Similarity(_), true) => Box::new(tree.groups_by_name(None).rev()),
        (By::Path, false) => Box::new(tree.groups_by_path()),
        (By::Path, true) => Box::new(tree.groups_by_path().rev()),
        (By::Id, false) => Box::new(tree.groups()),
        (By::Id, true) => Box::new(tree.groups().rev()),
    }
}

fn below(call: &Call<'_>, groups: fn(&State, NamespaceId) -> Vec<Arc<Group>>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let parent = find::group(call, &state, call.arg(0))?.id;
        let sorted = || sorted(call, &state, &wanted, groups(&state, parent));
        let ids = call.instance.lists.get(call.list_key(), state.epoch, sorted);
        wanted.offset.slice(&ids).map(|id| {
            let group = state.tree.group(NamespaceId(id))?;
            Some(row(call, &state, &wanted, group))
        })
    };
    Ok(page.reply(call))
}

fn sorted(call: &Call<'_>, state: &State, wanted: &Wanted, mut groups: Vec<Arc<Group>>) -> Vec<u64> {
    let reach = Reach::of(call, state, wanted);
    groups.retain(|group| reach.holds(call, state, group) && wanted.matches(state, group));
    wanted.order.sort(&mut groups);
    groups.into_iter().map(|group| group.id.0).collect()
}

fn row<'a>(call: &Call<'a>, state: &State, wanted: &Wanted, group: &Arc<Group>) -> GroupView<'a> {
    GroupView::row(call, state, group)
        .with_statistics(wanted.statistics)
        .with_custom_attributes(state, wanted.with_custom_attributes)
}

/// The way for anonymous crawlers: by name only.
fn by_keyset(call: &Call<'_>, wanted: &Wanted) -> Answer {
    if !matches!(wanted.order.by, By::Name) || wanted.order.descending {
        return Err(page::keyset_not_available());
    }
    let per_page = wanted.offset.per_page();
    let after = wanted.cursor.as_deref().and_then(page::read_cursor);
    let (rows, last) = {
        let state = call.state();
        let last = after.and_then(|id| state.tree.group(NamespaceId(id)));
        let reach = Reach::of(call, &state, wanted);
        let page: Vec<&Arc<Group>> = state
            .tree
            .groups_by_name(last.map(AsRef::as_ref))
            .filter(|group| reach.holds(call, &state, group) && wanted.matches(&state, group))
            .take(per_page)
            .collect();
        let rows: Vec<GroupView<'_>> = page
            .iter()
            .map(|group| GroupView::row(call, &state, group))
            .collect();
        (rows, page.last().map(|group| group.id.0))
    };
    Ok(page::keyset_reply(
        call,
        &rows,
        per_page,
        last.map(|id| ("cursor", page::cursor(id))),
    ))
}
