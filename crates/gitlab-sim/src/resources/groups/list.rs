use std::collections::BTreeSet;
use std::sync::Arc;

use gitlab_api::resources::Visibility;

use super::present::GroupView;
use crate::access::AccessLevel;
use crate::http::page::{self, Offset};
use crate::http::{Answer, Call, Reply};
use crate::ids::NamespaceId;
use crate::params::Ask;
use crate::resources::find;
use crate::state::{Group, Search, State};
use crate::time_text::Day;

/// Levels a list can be narrowed to.
pub(in crate::resources) const LEVELS: [i64; 6] = [10, 15, 20, 30, 40, 50];

#[derive(Debug)]
struct Wanted {
    archived: Option<bool>,
    skip: Vec<u64>,
    all_available: Option<bool>,
    visibility: Option<Visibility>,
    search: Option<Search>,
    owned: bool,
    order: Order,
    descending: bool,
    min_level: Option<AccessLevel>,
    top_level_only: bool,
    marked_on: Option<Day>,
    active: Option<bool>,
    statistics: bool,
    keyset: bool,
    cursor: Option<String>,
    offset: Offset,
}

#[derive(Debug, Clone, Copy)]
enum Order {
    Name,
    Path,
    Id,
}

fn read(ask: &mut Ask<'_>) -> Wanted {
    ask.ignored(&[
        "with_custom_attributes",
        "custom_attributes",
        "repository_storage",
    ]);
    Wanted {
        archived: ask.flag("archived"),
        skip: ask.ids("skip_groups").unwrap_or_default(),
        all_available: ask.flag("all_available"),
        visibility: visibility(ask),
        search: ask.filled("search").map(|text| Search::new(&text)),
        owned: ask.flag("owned").unwrap_or(false),
        order: match ask.choice("order_by", &["name", "path", "id", "similarity"]) {
            Some("path") => Order::Path,
            Some("id") => Order::Id,
            _ => Order::Name,
        },
        descending: ask.choice("sort", &["asc", "desc"]) == Some("desc"),
        min_level: ask
            .number_of("min_access_level", &LEVELS)
            .and_then(AccessLevel::from_number),
        top_level_only: ask.flag("top_level_only").unwrap_or(false),
        marked_on: ask.day("marked_for_deletion_on").flatten(),
        active: ask.flag("active"),
        statistics: ask.flag("statistics").unwrap_or(false),
        keyset: ask.choice("pagination", &["keyset", "offset"]) == Some("keyset"),
        cursor: ask.filled("cursor"),
        offset: Offset::read(ask),
    }
}

/// The `visibility` parameter.
pub(in crate::resources) fn visibility(ask: &mut Ask<'_>) -> Option<Visibility> {
    ask.choice("visibility", &["private", "internal", "public"])?
        .parse()
        .ok()
}

/// `GET /groups`
pub(super) fn all(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = read(&mut ask);
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

/// All groups, found one by one in the order of the list, so that a page costs what it shows and counts.
fn everywhere(call: &Call<'_>, wanted: &Wanted) -> Reply {
    let page = {
        let state = call.state();
        let statistics = wanted.statistics && call.viewer.is_admin();
        let view = |group: &Arc<Group>| Some(GroupView::row(call, &state, group).with_statistics(statistics));
        let reach = Reach::of(call, &state, wanted);
        let rows = in_order(&state, wanted, &reach)
            .filter(|group| reach.holds(call, &state, group) && matches(&state, wanted, group));
        wanted.offset.cut(rows).map(view)
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
    let few: Option<Vec<&Arc<Group>>> = match reach {
        Reach::Own(groups) => Some(groups.iter().filter_map(|id| tree.group(*id)).collect()),
        _ => wanted
            .search
            .as_ref()
            .and_then(|search| tree.groups_for(search))
            .map(Iterator::collect),
    };
    if let Some(mut few) = few {
        sort(wanted, &mut few);
        return Box::new(few.into_iter());
    }
    match (wanted.order, wanted.descending) {
        (Order::Name, false) => Box::new(tree.groups_by_name(None)),
        (Order::Name, true) => Box::new(tree.groups_by_name(None).rev()),
        (Order::Path, false) => Box::new(tree.groups_by_path()),
        (Order::Path, true) => Box::new(tree.groups_by_path().rev()),
        (Order::Id, false) => Box::new(tree.groups()),
        (Order::Id, true) => Box::new(tree.groups().rev()),
    }
}

/// `GET /groups/:id/subgroups`
pub(super) fn subgroups(call: &Call<'_>) -> Answer {
    below(call, |state, id| state.tree.subgroups(id).cloned().collect())
}

/// `GET /groups/:id/descendant_groups`
pub(super) fn descendants(call: &Call<'_>) -> Answer {
    below(call, |state, id| state.tree.descendants(id))
}

fn below(call: &Call<'_>, groups: fn(&State, NamespaceId) -> Vec<Arc<Group>>) -> Answer {
    let mut ask = call.ask();
    let wanted = read(&mut ask);
    call.admit(ask)?;
    let parent = find::group(call, &call.state(), call.arg(0))?.id;
    Ok(by_offset(call, &wanted, |state| groups(state, parent)))
}

fn by_offset(call: &Call<'_>, wanted: &Wanted, candidates: impl FnOnce(&State) -> Vec<Arc<Group>>) -> Reply {
    let page = {
        let state = call.state();
        let ids = call.instance.lists.get(call.list_key(), state.epoch, || {
            sorted(call, &state, wanted, candidates(&state))
        });
        let statistics = wanted.statistics && call.viewer.is_admin();
        wanted.offset.slice(&ids).map(|id| {
            let group = state.tree.group(NamespaceId(id))?;
            Some(GroupView::row(call, &state, group).with_statistics(statistics))
        })
    };
    page.reply(call)
}

/// The way for anonymous crawlers: by name only.
fn by_keyset(call: &Call<'_>, wanted: &Wanted) -> Answer {
    if !matches!(wanted.order, Order::Name) || wanted.descending {
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
            .filter(|group| reach.holds(call, &state, group) && matches(&state, wanted, group))
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

fn sorted(call: &Call<'_>, state: &State, wanted: &Wanted, mut groups: Vec<Arc<Group>>) -> Vec<u64> {
    let reach = Reach::of(call, state, wanted);
    groups.retain(|group| reach.holds(call, state, group) && matches(state, wanted, group));
    sort(wanted, &mut groups);
    groups.into_iter().map(|group| group.id.0).collect()
}

fn sort<G: AsRef<Group>>(wanted: &Wanted, groups: &mut [G]) {
    match wanted.order {
        Order::Name => {
            groups.sort_by_cached_key(|group| (group.as_ref().name.to_lowercase(), group.as_ref().id))
        }
        Order::Path => {
            groups.sort_by_cached_key(|group| (group.as_ref().path.to_lowercase(), group.as_ref().id))
        }
        Order::Id => groups.sort_unstable_by_key(|group| group.as_ref().id),
    }
    if wanted.descending {
        groups.reverse();
    }
}

/// Which groups a list may hold for the one who asks.
enum Reach {
    /// Every readable one.
    Readable,
    /// Those the viewer belongs to.
    Own(BTreeSet<NamespaceId>),
    /// Those where the viewer has at least this level; `owned` is the highest. Wins over `all_available`.
    Level(AccessLevel),
}

impl Reach {
    fn of(call: &Call<'_>, state: &State, wanted: &Wanted) -> Self {
        let level = if wanted.owned {
            Some(AccessLevel::Owner)
        } else {
            wanted.min_level
        };
        if let (Some(level), Some(_)) = (level, call.viewer.user()) {
            return Self::Level(level);
        }
        let all = wanted.all_available.unwrap_or(call.viewer.is_admin());
        if all || call.viewer.user().is_none() {
            Self::Readable
        } else {
            Self::Own(call.viewer.own_groups(state))
        }
    }

    fn holds(&self, call: &Call<'_>, state: &State, group: &Group) -> bool {
        match self {
            Self::Readable => call.viewer.can_read_group(state, group),
            Self::Own(groups) => groups.contains(&group.id),
            Self::Level(level) => call.viewer.level_on_group(state, group.id) >= Some(*level),
        }
    }
}

fn matches(state: &State, wanted: &Wanted, group: &Group) -> bool {
    let archived = || state.tree.any_in_lineage(group.id, |above| above.archived);
    let marked = || {
        state
            .tree
            .any_in_lineage(group.id, |above| above.marked_on.is_some())
    };
    (!wanted.top_level_only || group.parent.is_none())
        && !wanted.skip.contains(&group.id.0)
        && wanted
            .visibility
            .is_none_or(|visibility| group.visibility == visibility)
        && wanted.marked_on.is_none_or(|day| group.marked_on == Some(day))
        && wanted
            .search
            .as_ref()
            .is_none_or(|search| search.finds(&group.name) || search.finds(&group.path))
        && wanted.archived.is_none_or(|wish| archived() == wish)
        && wanted.active.is_none_or(|wish| (archived() || marked()) != wish)
}
