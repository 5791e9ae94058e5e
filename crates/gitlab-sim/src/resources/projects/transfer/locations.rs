use std::sync::Arc;

use super::may_move_into;
use crate::http::{Answer, Call, Offset, refuse};
use crate::resources::find;
use crate::resources::projects::public_group::PublicGroup;
use crate::state::{Group, Search};

/// `GET /projects/:id/transfer_locations`: the groups it could go to, by id.
pub(in crate::resources::projects) fn locations(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let search = ask.filled("search").map(|text| Search::new(&text));
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let project = find::project(call, &state, call.arg(0))?;
        if !call.viewer.can_own_project(&state, &project) {
            return Err(refuse::forbidden());
        }
        let fits = |group: &&Arc<Group>| {
            group.id != project.namespace
                && search
                    .as_ref()
                    .is_none_or(|search| search.finds(&group.name) || search.finds(&group.path))
                && may_move_into(&state, &call.viewer, group.id)
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
