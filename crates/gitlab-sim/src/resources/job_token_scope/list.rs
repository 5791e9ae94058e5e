use serde::Serialize;

use super::maintained;
use crate::http::{Answer, Call, Offset};
use crate::resources::projects::present::{ProjectView, Shape};

/// `GET /projects/:id/job_token_scope/allowlist`. The project itself is always on it.
pub(super) fn projects(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let project = maintained(call, &state)?;
        let scope = state.belongings.job_token_scopes.of(project.id);
        let others = scope.into_iter().flat_map(|scope| &scope.projects);
        let allowed = std::iter::once(&project.id).chain(others);
        let found = allowed.filter_map(|id| state.tree.project(*id));
        offset
            .cut(found.filter(|allowed| !allowed.pending_delete))
            .map(|allowed| Some(ProjectView::of(call, &state, allowed, Shape::Basic)))
    };
    Ok(page.reply(call))
}

#[derive(Debug, Serialize)]
struct AllowedGroup {
    id: u64,
    web_url: String,
    name: String,
}

/// `GET /projects/:id/job_token_scope/groups_allowlist`
pub(super) fn groups(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let project = maintained(call, &state)?;
        let scope = state.belongings.job_token_scopes.of(project.id);
        let allowed = scope.into_iter().flat_map(|scope| &scope.groups);
        let found = allowed.filter_map(|id| state.tree.group(*id));
        offset.cut(found).map(|group| {
            Some(AllowedGroup {
                id: group.id.0,
                web_url: format!("{}/groups/{}", call.instance.site.url, state.full_path(group.id)),
                name: group.name.clone(),
            })
        })
    };
    Ok(page.reply(call))
}
