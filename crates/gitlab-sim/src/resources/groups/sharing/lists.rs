use std::sync::Arc;

use gitlab_api::resources::Visibility;

use crate::access::AccessLevel;
use crate::http::{Answer, Call, Offset, Reply};
use crate::ids::NamespaceId;
use crate::params::Ask;
use crate::resources::find;
use crate::resources::groups::list::{LEVELS, Order, visibility};
use crate::resources::groups::present::GroupView;
use crate::state::{Group, Search, Source, State};

/// How a list of groups is narrowed.
struct Wanted {
    skip: Vec<u64>,
    visibility: Option<Visibility>,
    search: Option<Search>,
    min_level: Option<AccessLevel>,
    custom_attributes: bool,
    offset: Offset,
}

impl Wanted {
    fn read(ask: &mut Ask<'_>) -> Self {
        Self {
            skip: ask.ids("skip_groups").unwrap_or_default(),
            visibility: visibility(ask),
            search: ask.filled("search").map(|text| Search::new(&text)),
            min_level: ask
                .number_of("min_access_level", &LEVELS)
                .and_then(AccessLevel::from_number),
            custom_attributes: ask.flag("with_custom_attributes").unwrap_or(false),
            offset: Offset::read(ask),
        }
    }

    fn holds(&self, call: &Call<'_>, state: &State, group: &Group) -> bool {
        let level = |least| call.viewer.level_on_group(state, group.id) >= Some(least);
        !self.skip.contains(&group.id.0)
            && self
                .visibility
                .is_none_or(|visibility| group.visibility == visibility)
            && self
                .search
                .as_ref()
                .is_none_or(|search| search.finds(&group.name) || search.finds(&group.path))
            && call.viewer.can_read_group(state, group)
            && self.min_level.is_none_or(level)
    }

    fn answer(&self, call: &Call<'_>, state: &State, groups: Vec<Arc<Group>>) -> Reply {
        let holds = |group: &Arc<Group>| self.holds(call, state, group);
        let page = self.offset.cut(groups.into_iter().filter(holds)).map(|group| {
            let view = GroupView::row(call, state, &group);
            Some(view.with_custom_attributes(state, self.custom_attributes))
        });
        page.reply(call)
    }
}

/// `GET /groups/:id/groups/shared`: the groups that this one was invited to.
pub(in crate::resources::groups) fn invited_to(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    let order = Order::read(&mut ask);
    call.admit(ask)?;
    let state = call.state();
    let invited = find::group(call, &state, call.arg(0))?.id;
    let today = call.now.day();
    let links = &state.belongings.group_links;
    let mut groups: Vec<Arc<Group>> = links
        .of_invited(invited)
        .filter(|source| {
            links
                .get(*source, invited)
                .is_some_and(|link| link.is_active(today))
        })
        .filter_map(|source| match source {
            Source::Group(id) => state.tree.group(id).cloned(),
            Source::Project(_) => None,
        })
        .collect();
    order.sort(&mut groups);
    Ok(wanted.answer(call, &state, groups))
}

/// `GET /groups/:id/invited_groups`: the groups invited to this one or to an ancestor, by id.
pub(in crate::resources::groups) fn invited(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    let relation = ask.list("relation").unwrap_or_default();
    if relation
        .iter()
        .any(|word| word != "direct" && word != "inherited")
    {
        ask.complain("relation does not have a valid value");
    }
    call.admit(ask)?;
    let state = call.state();
    let group = find::group(call, &state, call.arg(0))?;
    let asked_for = |word: &str| relation.is_empty() || relation.iter().any(|one| one == word);
    let own = asked_for("direct").then_some(group.id);
    let above = group.parent.filter(|_| asked_for("inherited"));
    let above = above.into_iter().flat_map(|id| state.tree.lineage(id));
    let today = call.now.day();
    let mut found: Vec<NamespaceId> = own
        .into_iter()
        .chain(above.map(|group| group.id))
        .flat_map(|id| state.belongings.group_links.of(Source::Group(id)))
        .filter(|link| link.is_active(today))
        .map(|link| link.group)
        .collect();
    found.sort_unstable();
    found.dedup();
    let groups = found.iter().filter_map(|id| state.tree.group(*id)).cloned();
    Ok(wanted.answer(call, &state, groups.collect()))
}
