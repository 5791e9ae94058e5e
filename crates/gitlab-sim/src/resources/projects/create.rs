use std::sync::Arc;

use gitlab_api::names;
use gitlab_api::resources::Visibility;
use hyper::StatusCode;
use serde::Serialize;

use super::present::{ProjectView, Shape};
use super::settings::Patch;
use super::source;
use super::validate;
use crate::access::{AccessLevel, Viewer};
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Refusal, Reply};
use crate::ids::NamespaceId;
use crate::params::Ask;
use crate::resources::groups::list::visibility;
use crate::resources::{find, push_rules};
use crate::state::{Namespace, Project, Source, State, User, Work};

#[derive(Debug)]
struct Wanted {
    name: Option<String>,
    path: Option<String>,
    namespace: Option<NamespaceId>,
    description: Option<String>,
    visibility: Option<Visibility>,
    default_branch: Option<String>,
    readme: bool,
    source: source::Wanted,
    patch: Patch,
}

fn read(ask: &mut Ask<'_>) -> Wanted {
    Wanted {
        name: ask.filled("name"),
        path: ask.filled("path"),
        namespace: ask.id("namespace_id").map(NamespaceId),
        description: ask.text("description").flatten(),
        visibility: visibility(ask),
        default_branch: ask.filled("default_branch"),
        readme: ask.flag("initialize_with_readme").unwrap_or(false),
        source: source::Wanted::read(ask),
        patch: Patch::read(ask),
    }
}

/// `POST /projects`
pub(super) fn create(call: &Call<'_>) -> Answer {
    let creator = Arc::clone(call.user()?);
    let mut ask = call.ask();
    let wanted = read(&mut ask);
    if wanted.name.is_none() && wanted.path.is_none() {
        ask.complain("name, path are missing, at least one parameter must be provided");
    }
    ask.choice("repository_object_format", &["sha1", "sha256"]);
    call.admit(ask)?;
    create_as(call, wanted, |_| Ok(creator), limit_reached)
}

/// `POST /projects/user/:user_id`, by an administrator. Here the name is needed, and the limit is a complaint of the
/// model like any other.
pub(super) fn create_for(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    ask.require("name");
    let wanted = read(&mut ask);
    ask.choice("repository_object_format", &["sha1", "sha256"]);
    call.admit(ask)?;
    let limit = |limit| refuse::field("limit_reached", limit_text(limit));
    create_as(call, wanted, |state| find::user(state, call.arg(0)), limit)
}

fn create_as(
    call: &Call<'_>,
    wanted: Wanted,
    creator: impl FnOnce(&State) -> Result<Arc<User>, Refusal>,
    over_limit: fn(u64) -> Refusal,
) -> Answer {
    let view = {
        let mut state = call.change();
        let creator = creator(&state)?;
        let viewer = Viewer::new(Some(Arc::clone(&creator)), call.now.day());
        let readme = wanted.readme;
        let project = draft(call, &state, &viewer, &creator, wanted, over_limit)?;
        let project = add(call, &mut state, project, creator.id);
        if readme && !project.empty {
            let repositories = &mut state.belongings.repositories;
            repositories.initialize(&project, &creator, call.now);
            call.later(&mut state, Work::ProtectDefaultBranch(project.id));
        }
        ProjectView::of(call, &state, &project, Shape::Full)
    };
    Ok(Reply::created(&view).applied())
}

/// Gives a project its ids, its topics and its owner, and has its contents fetched.
pub(super) fn add(
    call: &Call<'_>,
    state: &mut State,
    mut project: Project,
    creator: crate::ids::UserId,
) -> Arc<Project> {
    project.own_namespace = state.tree.next_namespace_id();
    project.id = state.tree.next_project_id();
    project.topics = state.belongings.topics.named(std::mem::take(&mut project.topics));
    let project = Arc::new(project);
    state.tree.put_project(Arc::clone(&project));
    // In a group the creator inherits; only an own namespace makes a direct owner.
    if let Some(Namespace::Personal(owner)) = state.tree.namespace(project.namespace) {
        let (owner, source) = (*owner, Source::Project(project.id));
        state.set_member(source, owner, AccessLevel::Owner, None, Some(creator), call.now);
    }
    push_rules::inherit(call, state, &project);
    if project.import.is_some() {
        call.later(state, Work::StartImport(project.id));
    }
    project
}

/// Where the project goes, if it may.
fn place(
    state: &State,
    viewer: &Viewer,
    creator: &User,
    wanted: Option<NamespaceId>,
    over_limit: fn(u64) -> Refusal,
) -> Result<NamespaceId, Refusal> {
    let namespace = wanted.unwrap_or(creator.namespace);
    let owner = match state.tree.namespace(namespace) {
        None => return Err(refuse::field("namespace", "can't be blank")),
        Some(Namespace::Personal(owner)) => state.users.get(*owner),
        Some(Namespace::Group(_)) => None,
    };
    if let Some(owner) = owner
        .filter(|owner| state.tree.projects_in(namespace).take(limit_of(owner)).count() >= limit_of(owner))
    {
        return Err(over_limit(owner.projects_limit));
    }
    if validate::takes_projects(state, viewer, namespace) {
        Ok(namespace)
    } else {
        Err(refuse::field("namespace", "is not valid"))
    }
}

fn limit_of(owner: &User) -> usize {
    usize::try_from(owner.projects_limit).unwrap_or(usize::MAX)
}

fn limit_text(limit: u64) -> String {
    if limit == 0 {
        "You cannot create projects in your personal namespace. Contact your GitLab administrator.".to_owned()
    } else {
        format!("You've reached your limit of {limit} projects created. Contact your GitLab administrator.")
    }
}

/// The only body of GitLab's that has a list under `error`.
fn limit_reached(limit: u64) -> Refusal {
    #[derive(Serialize)]
    struct Body {
        error: [String; 1],
    }
    let error = [limit_text(limit)];
    Reply::json(StatusCode::FORBIDDEN, &Body { error }).into()
}

/// The project as it will be, but for its ids.
fn draft(
    call: &Call<'_>,
    state: &State,
    viewer: &Viewer,
    creator: &User,
    wanted: Wanted,
    over_limit: fn(u64) -> Refusal,
) -> Result<Project, Refusal> {
    let mut complaints = Complaints::default();
    let import = wanted.source.import(call, state, &mut complaints)?;
    let namespace = place(state, viewer, creator, wanted.namespace, over_limit)?;
    let name = wanted.name.or_else(|| wanted.path.clone()).unwrap_or_default();
    let path = wanted
        .path
        .unwrap_or_else(|| names::project_path_from_name(&name));
    // Too open for the namespace is no error at creation: it is lowered to what the namespace allows.
    let settings = &state.belongings.settings;
    let visibility = wanted
        .visibility
        .unwrap_or_else(|| settings.default_project_visibility())
        .min(validate::most_open(state, namespace));
    validate::restriction(state, viewer, visibility, &mut complaints);
    validate::name_and_path(state, namespace, Some(&name), Some(&path), None, &mut complaints);
    validate::description(wanted.description.as_deref(), &mut complaints);
    let mut project = Project::bare(namespace, (name, path), visibility, creator.id, call.now);
    project.description = wanted.description;
    project.default_branch = Some(
        wanted
            .default_branch
            .filter(|_| wanted.readme)
            .unwrap_or_else(|| first_branch(state, namespace)),
    );
    project.empty = !wanted.readme || import.is_some();
    project.import = import.map(Arc::new);
    // Runners of the instance are off where a group has them off, unless the request says otherwise.
    let group = state.tree.group(namespace);
    if group.is_some_and(|group| group.settings.shared_runners_setting != "enabled") {
        Arc::make_mut(&mut project.settings).shared_runners_enabled = false;
    }
    wanted
        .patch
        .apply(call.instance.site.tier, &mut project, &mut complaints);
    if complaints.is_empty() {
        Ok(project)
    } else {
        Err(refuse::complaints(&complaints))
    }
}

/// What the first branch of a new project is called: as the nearest group has it that says so, or as the instance.
fn first_branch(state: &State, namespace: NamespaceId) -> String {
    let mut groups = state.tree.lineage(namespace);
    let by_group = groups.find_map(|group| group.settings.default_branch.clone());
    by_group.unwrap_or_else(|| state.belongings.settings.default_branch_name().to_owned())
}
