use super::present::NamespaceBody;
use crate::http::{Answer, Call, Offset};
use crate::ids::NamespaceId;
use crate::resources::holds;
use crate::state::{Namespace, State};

/// `GET /namespaces`: one's own and those of direct memberships; all for an administrator.
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let search = ask.filled("search");
    let owned_only = ask.flag("owned_only").unwrap_or(false);
    let top_level_only = ask.flag("top_level_only").unwrap_or(false);
    let full_path_search = ask.flag("full_path_search").unwrap_or(false);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let candidates: Vec<NamespaceId> = if call.viewer.is_admin() && !owned_only {
            state.tree.namespaces().map(|(id, _)| id).collect()
        } else {
            let own = call.viewer.own_namespaces(&state).into_iter();
            own.filter(|id| !owned_only || call.viewer.owns_namespace(&state, *id))
                .collect()
        };
        let matching = candidates.into_iter().filter(|id| {
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

fn found(state: &State, id: NamespaceId, searched: &str, in_full_path: bool) -> bool {
    let (name, path) = match state.tree.namespace(id) {
        Some(Namespace::Group(group)) => (&group.name, &group.path),
        Some(Namespace::Personal(user)) => match state.users.get(*user) {
            Some(user) => (&user.name, &user.username),
            None => return false,
        },
        None => return false,
    };
    holds(name, searched) || holds(path, searched) || in_full_path && holds(&state.full_path(id), searched)
}
