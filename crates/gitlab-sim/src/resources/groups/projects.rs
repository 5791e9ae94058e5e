use crate::http::{Answer, Call};
use crate::ids::ProjectId;
use crate::resources::find;
use crate::resources::projects::list::{self, GroupScope, Scope, Wanted};
use crate::resources::projects::present::Shape;
use crate::state::Source;

/// `GET /groups/:id/projects`. Projects that the group was invited to are among them unless `with_shared=false`.
/// Bodies are without `permissions`.
pub(super) fn projects(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    let below = ask.flag("include_subgroups").unwrap_or(false);
    let above = ask.flag("include_ancestor_groups").unwrap_or(false);
    let shared = ask.flag("with_shared").unwrap_or(true);
    ask.ignored(&["with_security_reports"]);
    call.admit(ask)?;
    let group = find::group(call, &call.state(), call.arg(0))?.id;
    let scope = GroupScope {
        group,
        below,
        above,
        shared,
    };
    list::by_offset(call, &wanted, &Scope::OfGroup(scope), shape(&wanted))
}

/// `GET /groups/:id/projects/shared`: the projects that the group was invited to.
pub(super) fn shared(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    let projects: Vec<ProjectId> = {
        let state = call.state();
        let group = find::group(call, &state, call.arg(0))?.id;
        let sources = state.belongings.group_links.of_invited(group);
        sources
            .filter_map(|source| match source {
                Source::Project(id) => Some(id),
                Source::Group(_) => None,
            })
            .collect()
    };
    list::by_offset(call, &wanted, &Scope::Among(projects), shape(&wanted))
}

fn shape(wanted: &Wanted) -> Shape {
    if wanted.simple { Shape::Basic } else { Shape::Full }
}
