use std::sync::Arc;

use gitlab_api::resources::Visibility;
use hyper::StatusCode;

use super::present::{ProjectView, Shape};
use super::settings::Patch;
use super::{source, validate};
use crate::Tier;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Refusal, Reply};
use crate::params::Ask;
use crate::resources::find;
use crate::resources::groups::list::visibility;
use crate::state::{Project, State};

#[derive(Debug)]
struct Wanted {
    name: Option<String>,
    path: Option<String>,
    #[expect(clippy::option_option, reason = "absent, taken away, or there")]
    description: Option<Option<String>>,
    visibility: Option<Visibility>,
    default_branch: Option<String>,
    import_url: Option<String>,
    patch: Patch,
}

fn read(ask: &mut Ask<'_>) -> Wanted {
    Wanted {
        name: ask.text("name").flatten(),
        path: ask.text("path").flatten(),
        description: ask.text("description"),
        visibility: visibility(ask),
        default_branch: ask.filled("default_branch"),
        import_url: ask.filled("import_url"),
        patch: Patch::read(ask),
    }
}

/// `PUT /projects/:id`. After a new path the old one redirects.
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let wanted = read(&mut ask);
    ask.at_least_one();
    call.admit(ask)?;

    let (view, changed) = {
        let mut state = call.change();
        let old = find::project(call, &state, call.arg(0))?;
        authorise(call, &state, &old, &wanted)?;
        let mut project = draft(call, &state, &old, wanted)?;
        project.topics = state.belongings.topics.named(project.topics);
        let changed = project != *old;
        if changed {
            project.updated_at = call.now;
        }
        let project = Arc::new(project);
        state.tree.put_project(Arc::clone(&project));
        part_from_open_forks(&mut state, &project);
        (ProjectView::of(call, &state, &project, Shape::Full), changed)
    };
    Ok(Reply::ok(&view).applied_if(changed))
}

fn authorise(call: &Call<'_>, state: &State, project: &Project, wanted: &Wanted) -> Result<(), Refusal> {
    let for_owners = wanted.visibility.is_some() || wanted.patch.is_for_owners();
    let may = call.viewer.can_admin_project(state, project)
        && (!for_owners || call.viewer.can_own_project(state, project));
    if may && !state.is_closed(project) {
        Ok(())
    } else {
        Err(refuse::forbidden())
    }
}

/// The project as it will be.
fn draft(call: &Call<'_>, state: &State, old: &Project, wanted: Wanted) -> Result<Project, Refusal> {
    let mut complaints = Complaints::default();
    let name = wanted.name.as_deref().filter(|name| *name != old.name);
    let path = wanted.path.as_deref().filter(|path| *path != old.path);
    validate::name_and_path(state, old.namespace, name, path, Some(old.id), &mut complaints);
    validate::description(
        wanted.description.as_ref().and_then(Option::as_deref),
        &mut complaints,
    );
    check_visibility(call, state, old, wanted.visibility, &mut complaints);
    let mut project = Project::clone(old);
    project.name = wanted.name.unwrap_or(project.name);
    project.path = wanted.path.unwrap_or(project.path);
    project.description = wanted.description.unwrap_or(project.description);
    project.visibility = wanted.visibility.unwrap_or(project.visibility);
    wanted
        .patch
        .apply(call.instance.site.tier, &mut project, &mut complaints);
    if !complaints.is_empty() {
        return Err(refuse::complaints(&complaints));
    }
    if let Some(branch) = wanted.default_branch {
        project.default_branch = Some(existing(state, old, branch)?);
    }
    if let Some(url) = wanted.import_url
        && call.instance.site.tier >= Tier::Premium
    {
        project.import = Some(Arc::new(source::mirrored(call, &url)));
    }
    Ok(project)
}

fn check_visibility(
    call: &Call<'_>,
    state: &State,
    old: &Project,
    wanted: Option<Visibility>,
    complaints: &mut Complaints,
) {
    let Some(wanted) = wanted.filter(|wanted| *wanted != old.visibility) else {
        return;
    };
    let most_open = validate::most_open(state, old.namespace);
    if wanted > most_open {
        let text = format!("{wanted} is not allowed in a {most_open} group.");
        complaints.add("visibility_level", text);
    }
    // A fork is never more open than what it is a fork of.
    let origin = old.forked_from.and_then(|id| state.tree.project(id));
    if let Some(origin) = origin.filter(|origin| wanted > origin.visibility) {
        let text = format!(
            "{wanted} is not allowed since the fork source project has {} visibility.",
            origin.visibility
        );
        complaints.add("visibility_level", text);
    }
    validate::restriction(state, &call.viewer, wanted, complaints);
}

/// The branch, if the repository has it.
fn existing(state: &State, project: &Project, branch: String) -> Result<String, Refusal> {
    let repository = state.belongings.repositories.of(project);
    if project.default_branch.as_ref() == Some(&branch) || repository.branch(&branch).is_some() {
        return Ok(branch);
    }
    let text = format!(
        "Could not set the default branch. Do you have a branch named '{branch}' in your repository?"
    );
    Err(refuse::message(StatusCode::BAD_REQUEST, &text))
}

/// Forks that are more open than what they are forks of are forks no more.
fn part_from_open_forks(state: &mut State, origin: &Project) {
    let too_open: Vec<Arc<Project>> = state
        .tree
        .forks_of(origin.id)
        .filter(|fork| fork.visibility > origin.visibility)
        .cloned()
        .collect();
    for fork in too_open {
        state.tree.put_project(Arc::new(Project {
            forked_from: None,
            ..Project::clone(&fork)
        }));
    }
}
