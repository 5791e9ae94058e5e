use std::sync::Arc;

use serde::Serialize;

use crate::http::{Answer, Call, Offset, refuse};
use crate::resources::{avatar, find};
use crate::state::{Group, Search, State};

/// A group as whoever may move something there sees it.
#[derive(Debug, Serialize)]
struct PublicGroup {
    id: u64,
    web_url: String,
    name: String,
    avatar_url: Option<String>,
    full_name: String,
    full_path: String,
}

impl PublicGroup {
    fn of(call: &Call<'_>, state: &State, group: &Group) -> Self {
        let full_path = state.full_path(group.id);
        let picture = group.avatar.as_ref();
        Self {
            id: group.id.0,
            web_url: format!("{}/groups/{full_path}", call.instance.site.url),
            name: group.name.clone(),
            avatar_url: picture.map(|picture| avatar::url(&call.instance.site, "group", group.id.0, picture)),
            full_name: state.full_name(group.id),
            full_path,
        }
    }
}

/// `GET /groups/:id/transfer_locations`: where the group could go, by id. Not where it is, and not below itself.
pub(in crate::resources::groups) fn locations(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let search = ask.filled("search").map(|text| Search::new(&text));
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let group = find::group(call, &state, call.arg(0))?;
        if !call.viewer.can_admin_group(&state, group.id) {
            return Err(refuse::forbidden());
        }
        let fits = |there: &&Arc<Group>| {
            Some(there.id) != group.parent
                && search
                    .as_ref()
                    .is_none_or(|search| search.finds(&there.name) || search.finds(&there.path))
                && call.viewer.can_create_subgroup(&state, there)
                && !state.tree.any_in_lineage(there.id, |above| above.id == group.id)
        };
        let rows: Box<dyn Iterator<Item = &Arc<Group>>> = if call.viewer.is_admin() {
            Box::new(state.tree.groups())
        } else {
            let own = call.viewer.own_groups(&state).into_iter();
            Box::new(own.filter_map(|id| state.tree.group(id)))
        };
        offset
            .cut(rows.filter(fits))
            .map(|group| Some(PublicGroup::of(call, &state, group)))
    };
    Ok(page.reply(call))
}
