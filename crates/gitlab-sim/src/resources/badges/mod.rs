//! `/groups/:id/badges` and `/projects/:id/badges` (GitLab API facts §7.20): pictures with links, in which
//! placeholders stand for what differs between projects.

mod create;
mod delete;
mod list;
mod present;
mod render;
mod show;
mod update;
mod validate;

use std::sync::Arc;

use crate::http::router::{Endpoint, delete, get, post, put};
use crate::http::{Call, Refusal, refuse};
use crate::resources::find;
use crate::state::{Badge, Project, Source, State};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/groups/:id/badges", |call| list::list(call, group)),
    post("/groups/:id/badges", |call| create::create(call, group)),
    get("/groups/:id/badges/render", |call| render::render(call, group)),
    get("/groups/:id/badges/:badge_id", |call| show::show(call, group)),
    put("/groups/:id/badges/:badge_id", |call| update::update(call, group)),
    delete("/groups/:id/badges/:badge_id", |call| delete::delete(call, group)),
    get("/projects/:id/badges", |call| list::list(call, project)),
    post("/projects/:id/badges", |call| create::create(call, project)),
    get("/projects/:id/badges/render", |call| {
        render::render(call, project)
    }),
    get("/projects/:id/badges/:badge_id", |call| show::show(call, project)),
    put("/projects/:id/badges/:badge_id", |call| {
        update::update(call, project)
    }),
    delete("/projects/:id/badges/:badge_id", |call| {
        delete::delete(call, project)
    }),
];

/// What badges hang on.
struct Place {
    source: Source,
    /// Fills in the placeholders; badges of a group are shown with the first project in it.
    project: Option<Arc<Project>>,
}

/// Finds it, for whoever may see it.
type Find = fn(&Call<'_>, &State) -> Result<Place, Refusal>;

fn group(call: &Call<'_>, state: &State) -> Result<Place, Refusal> {
    let group = find::group(call, state, call.arg(0))?;
    let project = state.tree.projects_in(group.id).next().cloned();
    Ok(Place {
        source: Source::Group(group.id),
        project,
    })
}

fn project(call: &Call<'_>, state: &State) -> Result<Place, Refusal> {
    let project = find::project(call, state, call.arg(0))?;
    Ok(Place {
        source: Source::Project(project.id),
        project: Some(project),
    })
}

impl Place {
    /// Only for those who may change the group or project.
    fn authorise(self, call: &Call<'_>, state: &State) -> Result<Self, Refusal> {
        let may = match (self.source, &self.project) {
            (Source::Group(id), _) => call.viewer.can_admin_group(state, id),
            (Source::Project(_), Some(project)) => {
                call.viewer.can_admin_project(state, project) && !state.is_closed(project)
            }
            (Source::Project(_), None) => false,
        };
        if may { Ok(self) } else { Err(refuse::forbidden()) }
    }

    /// Where badges come from that are shown here: the groups above a project from the top, then itself.
    fn sources(&self, state: &State) -> Vec<Source> {
        let above = match (self.source, &self.project) {
            (Source::Project(_), Some(project)) => state.tree.lineage(project.namespace),
            _ => return vec![self.source],
        };
        let mut sources: Vec<Source> = above.map(|group| Source::Group(group.id)).collect();
        sources.reverse();
        sources.push(self.source);
        sources
    }

    /// The badge that the path names, of this place or shown here, and whose it is.
    fn badge(&self, call: &Call<'_>, state: &State) -> Result<(Source, Arc<Badge>), Refusal> {
        let id = call.arg(1).parse();
        let id: u64 = id.map_err(|_| refuse::invalid("badge_id is invalid"))?;
        let mut sources = self.sources(state).into_iter();
        let found = sources.find_map(|source| {
            let badge = state.belongings.badges.get(source, id)?;
            Some((source, Arc::clone(badge)))
        });
        found.ok_or_else(refuse::row_not_found)
    }

    /// A badge to change: one of a group is no project's to change.
    fn own_badge(&self, call: &Call<'_>, state: &State) -> Result<Arc<Badge>, Refusal> {
        let (source, badge) = self.badge(call, state)?;
        if source == self.source {
            Ok(badge)
        } else {
            Err(refuse::forbidden_because(
                "To delete a Group badge please use the Group endpoint",
            ))
        }
    }
}
