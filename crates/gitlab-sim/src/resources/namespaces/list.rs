use std::collections::BTreeSet;

use super::present::NamespaceBody;
use crate::http::{Answer, Call, Offset};
use crate::ids::NamespaceId;
use crate::state::{Namespace, Search, State};

/// `GET /namespaces`: one's own and those of direct memberships; all for an administrator.
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let search = ask.filled("search").map(|text| Search::new(&text));
    let owned_only = ask.flag("owned_only").unwrap_or(false);
    let top_level_only = ask.flag("top_level_only").unwrap_or(false);
    let full_path_search = ask.flag("full_path_search").unwrap_or(false);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let candidates: Box<dyn Iterator<Item = NamespaceId> + '_> = if call.viewer.is_admin() && !owned_only
        {
            let few = search.as_ref().filter(|_| !full_path_search);
            match few.and_then(|search| searched(&state, search)) {
                Some(few) => Box::new(few.into_iter()),
                None => Box::new(state.tree.namespaces().map(|(id, _)| id)),
            }
        } else {
            let own = call.viewer.own_namespaces(&state).into_iter();
            Box::new(own.filter(|id| !owned_only || call.viewer.owns_namespace(&state, *id)))
        };
        let matching = candidates.filter(|id| {
            let parent = state.tree.group(*id).and_then(|group| group.parent);
            (!top_level_only || parent.is_none())
                && search
                    .as_ref()
                    .is_none_or(|searched| found(&state, *id, searched, full_path_search))
        });
        offset.cut(matching).map(|id| NamespaceBody::of(call, &state, id))
    };
    Ok(page.reply(call))
}

/// The namespaces that a search may find; none when it may find any.
fn searched(state: &State, search: &Search) -> Option<BTreeSet<NamespaceId>> {
    let groups = state.tree.groups_for(search)?.map(|group| group.id);
    let users = state.users.for_search(search)?.map(|user| user.namespace);
    Some(groups.chain(users).collect())
}

fn found(state: &State, id: NamespaceId, searched: &Search, in_full_path: bool) -> bool {
    let (name, path) = match state.tree.namespace(id) {
        Some(Namespace::Group(group)) => (&group.name, &group.path),
        Some(Namespace::Personal(user)) => match state.users.get(*user) {
            Some(user) => (&user.name, &user.username),
            None => return false,
        },
        None => return false,
    };
    searched.finds(name) || searched.finds(path) || in_full_path && searched.finds(&state.full_path(id))
}
