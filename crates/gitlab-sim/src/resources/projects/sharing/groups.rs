use std::collections::BTreeMap;
use std::sync::Arc;

use super::share::is_locked;
use crate::access::AccessLevel;
use crate::http::{Answer, Call, Offset, refuse};
use crate::ids::NamespaceId;
use crate::resources::find;
use crate::resources::groups::list::LEVELS;
use crate::resources::projects::public_group::PublicGroup;
use crate::state::{Group, Search, Source, State};

type Found = BTreeMap<NamespaceId, Arc<Group>>;

/// `GET /projects/:id/groups`: those above it, and with `with_shared` those invited.
pub(in crate::resources::projects) fn groups(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let search = ask.filled("search").map(|text| Search::new(&text));
    let skipped = ask.ids("skip_groups").unwrap_or_default();
    let with_shared = ask.flag("with_shared").unwrap_or(false);
    let visible_only = ask.flag("shared_visible_only").unwrap_or(false);
    let least = ask
        .number_of("shared_min_access_level", &LEVELS)
        .and_then(AccessLevel::from_number);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let project = find::project(call, &state, call.arg(0))?;
        let above = state.tree.lineage(project.namespace);
        let mut found: Found = above.map(|group| (group.id, Arc::clone(group))).collect();
        if with_shared {
            let mut invited = invited(&state, &[Source::Project(project.id)], least);
            invited.retain(|_, group| !visible_only || call.viewer.can_read_group(&state, group));
            found.extend(invited);
        }
        found.retain(|id, _| !skipped.contains(&id.0));
        page(call, &state, offset, found, search.as_ref())
    };
    Ok(page.reply(call))
}

/// `GET /projects/:id/invited_groups`: to the project itself, to the groups above it, or both.
pub(in crate::resources::projects) fn invited_groups(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let relation = ask.list("relation").unwrap_or_default();
    if relation
        .iter()
        .any(|word| word != "direct" && word != "inherited")
    {
        ask.complain("relation does not have a valid value");
    }
    let search = ask.filled("search").map(|text| Search::new(&text));
    let least = ask
        .number_of("min_access_level", &LEVELS)
        .and_then(AccessLevel::from_number);
    ask.ignored(&["with_custom_attributes"]);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let project = find::project(call, &state, call.arg(0))?;
        let wants = |word: &str| relation.is_empty() || relation.iter().any(|known| known == word);
        let mut sources = Vec::new();
        if wants("direct") {
            sources.push(Source::Project(project.id));
        }
        if wants("inherited") {
            let above = state.tree.lineage(project.namespace);
            sources.extend(above.map(|group| Source::Group(group.id)));
        }
        let mut found = invited(&state, &sources, None);
        found.retain(|id, group| {
            let level = call.viewer.level_on_group(&state, *id);
            call.viewer.can_read_group(&state, group) && least.is_none_or(|least| level >= Some(least))
        });
        page(call, &state, offset, found, search.as_ref())
    };
    Ok(page.reply(call))
}

/// `GET /projects/:id/share_locations`: the groups that can be invited.
pub(in crate::resources::projects) fn share_locations(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let search = ask.filled("search").map(|text| Search::new(&text));
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let project = find::project(call, &state, call.arg(0))?;
        if !call.viewer.can_admin_project(&state, &project) {
            return Err(refuse::forbidden());
        }
        let links = &state.belongings.group_links;
        let source = Source::Project(project.id);
        let open = !is_locked(&state, &project);
        let possible = |group: &Group| {
            open && links.get(source, group.id).is_none()
                && !state
                    .tree
                    .any_in_lineage(project.namespace, |above| above.id == group.id)
        };
        let found: Found = if call.viewer.is_admin() {
            let all = state.tree.groups().filter(|group| possible(group));
            all.map(|group| (group.id, Arc::clone(group))).collect()
        } else {
            let own = call.viewer.own_groups(&state).into_iter();
            let own = own.filter_map(|id| state.tree.group(id));
            own.filter(|group| possible(group))
                .map(|group| (group.id, Arc::clone(group)))
                .collect()
        };
        page(call, &state, offset, found, search.as_ref())
    };
    Ok(page.reply(call))
}

/// The groups invited to any of these, with at least that level.
fn invited(state: &State, to: &[Source], least: Option<AccessLevel>) -> Found {
    let links = to
        .iter()
        .flat_map(|source| state.belongings.group_links.of(*source));
    links
        .filter(|link| least.is_none_or(|least| link.level >= least))
        .filter_map(|link| Some((link.group, Arc::clone(state.tree.group(link.group)?))))
        .collect()
}

fn page(
    call: &Call<'_>,
    state: &State,
    offset: Offset,
    found: Found,
    search: Option<&Search>,
) -> crate::http::page::Page<PublicGroup> {
    let fits = |group: &Arc<Group>| {
        search.is_none_or(|search| search.finds(&group.name) || search.finds(&group.path))
    };
    offset
        .cut(found.into_values().filter(fits))
        .map(|group| Some(PublicGroup::of(call, state, &group)))
}
