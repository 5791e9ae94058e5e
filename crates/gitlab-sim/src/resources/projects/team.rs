use std::collections::BTreeMap;
use std::sync::Arc;

use crate::http::{Answer, Call, Offset};
use crate::ids::UserId;
use crate::resources::find;
use crate::resources::users::present::UserBasic;
use crate::state::{Namespace, Project, Search, Source, State, User, UserState};

/// `GET /projects/:id/users`: everyone with a level there, by id.
pub(super) fn users(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let search = ask.filled("search").map(|text| Search::new(&text));
    let skipped = ask.ids("skip_users").unwrap_or_default();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let project = find::project(call, &state, call.arg(0))?;
        let found = |user: &User| {
            search
                .as_ref()
                .is_none_or(|search| search.finds(&user.name) || search.finds(&user.username))
        };
        let team = team(call, &state, &project).into_values();
        let shown = team.filter(|user| !skipped.contains(&user.id.0) && found(user));
        offset
            .cut(shown)
            .map(|user| Some(UserBasic::of(&call.instance.site, &user)))
    };
    Ok(page.reply(call))
}

/// The users whose memberships reach the project: there, above, and in groups that were invited.
fn team(call: &Call<'_>, state: &State, project: &Project) -> BTreeMap<UserId, Arc<User>> {
    let mut sources = vec![Source::Project(project.id)];
    let above = state.tree.lineage(project.namespace);
    sources.extend(above.map(|group| Source::Group(group.id)));
    let links = &state.belongings.group_links;
    let invited: Vec<Source> = sources
        .iter()
        .flat_map(|source| links.of(*source))
        .flat_map(|link| state.tree.lineage(link.group))
        .map(|group| Source::Group(group.id))
        .collect();
    sources.extend(invited);
    let members = sources
        .into_iter()
        .flat_map(|source| state.members.of_source(source));
    let mut users: Vec<UserId> = members
        .filter(|member| member.is_active(call.now.day()))
        .map(|member| member.user)
        .collect();
    if let Some(Namespace::Personal(owner)) = state.tree.namespace(project.namespace) {
        users.push(*owner);
    }
    users
        .into_iter()
        .filter_map(|id| Some((id, Arc::clone(state.users.get(id)?))))
        .filter(|(_, user)| user.state == UserState::Active)
        .collect()
}
