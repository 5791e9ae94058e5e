use std::sync::{Arc, LazyLock};

use gitlab_api::names;
use gitlab_api::resources::Visibility;
use hyper::StatusCode;
use serde::Serialize;

use super::present::{ProjectView, Shape};
use super::settings::{self, Patch};
use super::validate;
use crate::access::AccessLevel;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Refusal, Reply};
use crate::ids::NamespaceId;
use crate::params::Ask;
use crate::resources::find;
use crate::resources::groups::list::visibility;
use crate::state::settings::{PipelineSettings, ProjectSettings};
use crate::state::{Namespace, Project, Source, State, User};

#[derive(Debug)]
struct Wanted {
    name: Option<String>,
    path: Option<String>,
    namespace: Option<NamespaceId>,
    description: Option<String>,
    visibility: Visibility,
    default_branch: Option<String>,
    readme: bool,
    patch: Patch,
}

fn read(ask: &mut Ask<'_>) -> Wanted {
    let (name, path) = (ask.filled("name"), ask.filled("path"));
    if name.is_none() && path.is_none() {
        ask.complain("name, path are missing, at least one parameter must be provided");
    }
    let sources = ["import_url", "template_name", "template_project_id"];
    let given: Vec<&str> = sources
        .into_iter()
        .filter(|source| ask.filled(source).is_some())
        .collect();
    if given.len() > 1 {
        ask.complain(format!("{} are mutually exclusive", given.join(", ")));
    }
    ask.ignored(&[
        "use_custom_template",
        "group_with_project_templates_id",
        "repository_object_format",
    ]);
    Wanted {
        name,
        path,
        namespace: ask.id("namespace_id").map(NamespaceId),
        description: ask.text("description").flatten(),
        visibility: visibility(ask).unwrap_or(Visibility::Private),
        default_branch: ask.filled("default_branch"),
        readme: ask.flag("initialize_with_readme").unwrap_or(false),
        patch: Patch::read(ask),
    }
}

/// `POST /projects`
pub(super) fn create(call: &Call<'_>) -> Answer {
    let creator = Arc::clone(call.user()?);
    let mut ask = call.ask();
    let wanted = read(&mut ask);
    call.admit(ask)?;
    create_as(call, wanted, |_| Ok(creator))
}

/// `POST /projects/user/:user_id`, by an administrator
pub(super) fn create_for(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let wanted = read(&mut ask);
    call.admit(ask)?;
    create_as(call, wanted, |state| find::user(state, call.arg(0)))
}

fn create_as(
    call: &Call<'_>,
    wanted: Wanted,
    creator: impl FnOnce(&State) -> Result<Arc<User>, Refusal>,
) -> Answer {
    let view = {
        let mut state = call.change();
        let creator = creator(&state)?;
        let namespace = place(call, &state, &creator, wanted.namespace)?;
        let readme = wanted.readme;
        let mut project = draft(call, &state, &creator, namespace, wanted)?;
        project.own_namespace = state.tree.next_namespace_id();
        project.id = state.tree.next_project_id();
        let project = Arc::new(project);
        state.tree.put_project(Arc::clone(&project));
        if readme {
            let repositories = &mut state.belongings.repositories;
            repositories.initialize(&project, &creator, call.now);
        }
        // In a group the creator inherits; only an own namespace makes a direct owner.
        if let Some(Namespace::Personal(owner)) = state.tree.namespace(namespace) {
            let (owner, source) = (*owner, Source::Project(project.id));
            state.set_member(
                source,
                owner,
                AccessLevel::Owner,
                None,
                Some(creator.id),
                call.now,
            );
        }
        ProjectView::of(call, &state, &project, Shape::Full)
    };
    Ok(Reply::created(&view).applied())
}

/// Where the project goes, if it may.
fn place(
    call: &Call<'_>,
    state: &State,
    creator: &User,
    wanted: Option<NamespaceId>,
) -> Result<NamespaceId, Refusal> {
    let namespace = wanted.unwrap_or(creator.namespace);
    match state.tree.namespace(namespace) {
        None => Err(refuse::field("namespace", "can't be blank")),
        Some(Namespace::Personal(owner)) if *owner == creator.id => {
            let limit = creator.projects_limit;
            let count = state.tree.projects_in(namespace).count() as u64;
            if count < limit {
                Ok(namespace)
            } else {
                Err(limit_reached(limit))
            }
        }
        Some(_) if call.viewer.can_create_project_in(state, namespace) => Ok(namespace),
        Some(_) => Err(refuse::field("namespace", "is not valid")),
    }
}

fn limit_reached(limit: u64) -> Refusal {
    #[derive(Serialize)]
    struct Body {
        error: [String; 1],
    }
    let text = if limit == 0 {
        "You cannot create projects in your personal namespace. Contact your GitLab administrator.".to_owned()
    } else {
        format!("You've reached your limit of {limit} projects created. Contact your GitLab administrator.")
    };
    Reply::json(StatusCode::FORBIDDEN, &Body { error: [text] }).into()
}

/// The project as it will be, but for its ids.
fn draft(
    call: &Call<'_>,
    state: &State,
    creator: &User,
    namespace: NamespaceId,
    wanted: Wanted,
) -> Result<Project, Refusal> {
    let name = wanted.name.or_else(|| wanted.path.clone()).unwrap_or_default();
    let path = wanted
        .path
        .unwrap_or_else(|| names::project_path_from_name(&name));
    let mut complaints = Complaints::default();
    validate::name(state, namespace, &name, &mut complaints);
    validate::path(state, namespace, &path, None, &mut complaints);
    validate::description(wanted.description.as_deref(), &mut complaints);
    if !complaints.is_empty() {
        return Err(refuse::complaints(&complaints));
    }
    // Too open is no error at creation: it is lowered to what the namespace allows.
    let visibility = wanted.visibility.min(validate::most_open(state, namespace));
    let mut project = Project {
        id: crate::ids::ProjectId(0),
        namespace,
        own_namespace: NamespaceId(0),
        path,
        name,
        description: wanted.description,
        visibility,
        topics: Vec::new(),
        default_branch: Some(wanted.default_branch.unwrap_or_else(|| "main".to_owned())),
        empty: !wanted.readme,
        creator: creator.id,
        created_at: call.now,
        updated_at: call.now,
        marked_on: None,
        archived: false,
        star_count: 0,
        settings: shared_defaults(visibility),
        pipelines: Arc::clone(&PIPELINES),
    };
    wanted.patch.apply(&mut project);
    Ok(project)
}

static PIPELINES: LazyLock<Arc<PipelineSettings>> = LazyLock::new(Arc::default);
static CLOSED: LazyLock<Arc<ProjectSettings>> =
    LazyLock::new(|| Arc::new(settings::defaults(Visibility::Private)));
static OPEN: LazyLock<Arc<ProjectSettings>> =
    LazyLock::new(|| Arc::new(settings::defaults(Visibility::Public)));

/// The settings of all projects that never change any, once in memory.
fn shared_defaults(visibility: Visibility) -> Arc<ProjectSettings> {
    Arc::clone(if visibility == Visibility::Public {
        &OPEN
    } else {
        &CLOSED
    })
}
