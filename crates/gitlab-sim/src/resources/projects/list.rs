use std::sync::Arc;

use super::filter::Filter;
use super::present::{ProjectView, Shape};
pub(crate) use super::wanted::Wanted;
use crate::http::page;
use crate::http::{Answer, Call};
use crate::ids::{NamespaceId, ProjectId};
use crate::state::{Project, State};

/// Where a list looks.
#[derive(Debug, Clone)]
pub(crate) enum Scope {
    Everywhere,
    /// Directly in a namespace.
    In(NamespaceId),
    /// Around a group.
    OfGroup(GroupScope),
    /// Only at these.
    Among(Vec<ProjectId>),
}

/// What belongs into the list of a group besides its own projects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupScope {
    pub(crate) group: NamespaceId,
    /// Those of all groups below.
    pub(crate) below: bool,
    /// Those of all groups above.
    pub(crate) above: bool,
    /// Those that one of these groups was invited to.
    pub(crate) shared: bool,
}

/// `GET /projects`
pub(super) fn all(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    answer(call, &wanted, &Scope::Everywhere)
}

/// A list that knows both ways of paging.
pub(super) fn answer(call: &Call<'_>, wanted: &Wanted, scope: &Scope) -> Answer {
    let shape = match call.viewer.user() {
        Some(_) if !wanted.simple => Shape::WithAccess,
        _ => Shape::Basic,
    };
    if wanted.keyset {
        return by_keyset(call, wanted, scope, shape);
    }
    wanted.offset.within_cap("Project")?;
    by_offset(call, wanted, scope, shape)
}

pub(crate) fn by_offset(call: &Call<'_>, wanted: &Wanted, scope: &Scope, shape: Shape) -> Answer {
    wanted.check_pairs()?;
    let page = {
        let state = call.state();
        let view = |project: &Arc<Project>| Some(row(call, &state, wanted, project, shape));
        let filter = Filter::new(call, &state, wanted);
        match scope {
            // The whole instance is found row by row, so that a page costs no more than it shows and counts.
            Scope::Everywhere
                if !wanted.is_void()
                    && let Some(rows) = filter.in_order() =>
            {
                if filter.takes_all() {
                    wanted.offset.cut_of(rows, state.tree.project_count()).map(view)
                } else {
                    let matching = rows.filter(|project| filter.matches(project));
                    wanted.offset.cut(matching).map(view)
                }
            }
            _ => {
                let key = format!("{} {:?} {:?}", call.list_key(), wanted.id_after, wanted.id_before);
                let ids = call.instance.lists.get(key, state.epoch, || filter.sorted(scope));
                wanted
                    .offset
                    .slice(&ids)
                    .map(|id| state.tree.project(ProjectId(id)).and_then(view))
            }
        }
    };
    Ok(page.reply(call))
}

/// One project as the list shows it.
fn row<'a>(
    call: &Call<'a>,
    state: &State,
    wanted: &Wanted,
    project: &Arc<Project>,
    shape: Shape,
) -> ProjectView<'a> {
    ProjectView::of(call, state, project, shape)
        .with_statistics(state, wanted.statistics)
        .with_custom_attributes(state, wanted.with_custom_attributes)
}

fn by_keyset(call: &Call<'_>, wanted: &Wanted, scope: &Scope, shape: Shape) -> Answer {
    if !wanted.by_id {
        return Err(page::keyset_not_available());
    }
    let per_page = wanted.offset.per_page();
    let rows: Vec<(ProjectId, ProjectView<'_>)> = {
        let state = call.state();
        let filter = Filter::new(call, &state, wanted);
        let view = |project: &Arc<Project>| (project.id, row(call, &state, wanted, project, shape));
        let matching = |project: &&Arc<Project>| filter.matches(project);
        if wanted.is_void() {
            Vec::new()
        } else {
            let everywhere = matches!(scope, Scope::Everywhere);
            if let Some(rows) = filter.in_order().filter(|_| everywhere) {
                rows.filter(matching).take(per_page).map(view).collect()
            } else {
                let ids = filter.sorted(scope);
                ids.iter()
                    .take(per_page)
                    .filter_map(|id| state.tree.project(ProjectId(*id)))
                    .map(view)
                    .collect()
            }
        }
    };
    let next = rows.last().map(|(id, _)| {
        let name = if wanted.ascending { "id_after" } else { "id_before" };
        (name, id.to_string())
    });
    let rows: Vec<ProjectView<'_>> = rows.into_iter().map(|(_, view)| view).collect();
    Ok(page::keyset_reply(call, &rows, per_page, next))
}
