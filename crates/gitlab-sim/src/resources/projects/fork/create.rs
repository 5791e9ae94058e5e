use std::sync::Arc;

use gitlab_api::resources::Visibility;
use hyper::StatusCode;

use super::may_fork;
use crate::http::refuse::{self, Complaints};
use crate::http::reply::Effect;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::ids::NamespaceId;
use crate::params::Ask;
use crate::resources::find;
use crate::resources::groups::list::visibility;
use crate::resources::projects::present::{ProjectView, Shape};
use crate::resources::projects::{create, source, validate};
use crate::state::{ImportKind, Project, State};

#[derive(Debug)]
struct Wanted {
    namespace_id: Option<u64>,
    namespace_path: Option<String>,
    /// The old name for either.
    namespace: Option<String>,
    path: Option<String>,
    name: Option<String>,
    description: Option<String>,
    visibility: Option<Visibility>,
    branches: Option<String>,
    to_itself: Option<bool>,
}

fn read(ask: &mut Ask<'_>) -> Wanted {
    Wanted {
        namespace: ask.filled("namespace"),
        namespace_id: ask.id("namespace_id"),
        namespace_path: ask.filled("namespace_path"),
        path: ask.filled("path"),
        name: ask.filled("name"),
        description: ask.filled("description"),
        visibility: visibility(ask),
        to_itself: ask.flag("mr_default_target_self"),
        branches: ask.filled("branches"),
    }
}

/// `POST /projects/:id/fork`. The contents come later, as those of an import.
pub(in crate::resources::projects) fn create(call: &Call<'_>) -> Answer {
    let user = Arc::clone(call.user()?);
    let mut ask = call.ask();
    let wanted = read(&mut ask);
    call.admit(ask)?;
    let view = {
        let mut state = call.change();
        let origin = find::project(call, &state, call.arg(0))?;
        if !may_fork(call, &state, &origin) {
            return Err(refuse::message(StatusCode::NOT_FOUND, "404 Not Found"));
        }
        let namespace = target(call, &state, &wanted)?.unwrap_or(user.namespace);
        let repository = state.belongings.repositories.of(&origin);
        if wanted
            .branches
            .as_ref()
            .is_some_and(|branch| repository.branch(branch).is_none())
        {
            return Err(refuse::not_found("Source Branch"));
        }
        if !validate::takes_projects(&state, &call.viewer, namespace) {
            return Err(refuse::not_found("Target Namespace"));
        }
        let fork = draft(call, &state, &origin, namespace, wanted)?;
        let fork = create::add(call, &mut state, fork, user.id);
        ProjectView::of(call, &state, &fork, Shape::Full)
    };
    Ok(Reply::created(&view).applied())
}

/// The namespace that was named, if one was.
fn target(call: &Call<'_>, state: &State, wanted: &Wanted) -> Result<Option<NamespaceId>, Refusal> {
    let reference = match wanted {
        Wanted {
            namespace_id: Some(id),
            ..
        } => id.to_string(),
        Wanted {
            namespace_path: Some(path),
            ..
        } => {
            // A path of digits is a path here.
            let found = state.tree.namespace_at(path);
            let visible = found.filter(|id| call.viewer.can_read_namespace(state, *id));
            return visible.map(Some).ok_or_else(|| refuse::not_found("Namespace"));
        }
        Wanted {
            namespace: Some(reference),
            ..
        } => reference.clone(),
        _ => return Ok(None),
    };
    find::namespace(call, state, &reference).map(Some)
}

/// The fork as it will be: at most as open as what it is a fork of and where it goes.
fn draft(
    call: &Call<'_>,
    state: &State,
    origin: &Project,
    namespace: NamespaceId,
    wanted: Wanted,
) -> Result<Project, Refusal> {
    let name = wanted.name.unwrap_or_else(|| origin.name.clone());
    let path = wanted.path.unwrap_or_else(|| origin.path.clone());
    let mut complaints = Complaints::default();
    validate::name_and_path(state, namespace, Some(&name), Some(&path), None, &mut complaints);
    validate::description(wanted.description.as_deref(), &mut complaints);
    if !complaints.is_empty() {
        return Err(conflict(&complaints));
    }
    let visibility = origin
        .visibility
        .min(validate::most_open(state, namespace))
        .min(wanted.visibility.unwrap_or(Visibility::Public));
    let user = call.user()?.id;
    let mut fork = Project::bare(namespace, (name, path), visibility, user, call.now);
    fork.description = wanted.description.or_else(|| origin.description.clone());
    fork.default_branch.clone_from(&origin.default_branch);
    fork.avatar.clone_from(&origin.avatar);
    fork.forked_from = Some(origin.id);
    fork.settings = Arc::clone(&origin.settings);
    if let Some(to_itself) = wanted.to_itself {
        Arc::make_mut(&mut fork.settings).mr_default_target_self = to_itself;
    }
    let import = source::scheduled(call, ImportKind::Fork, None, Some(origin.id));
    fork.import = Some(Arc::new(import));
    Ok(fork)
}

/// Here the complaints of the model come as whole sentences, and as a conflict.
fn conflict(complaints: &Complaints) -> Refusal {
    #[derive(serde::Serialize)]
    struct Body {
        message: Vec<String>,
    }
    let body = Body {
        message: complaints.sentences(),
    };
    let effect = if complaints.is_taken() {
        Effect::Duplicate
    } else {
        Effect::None
    };
    Reply::json(StatusCode::CONFLICT, &body)
        .with_effect(effect)
        .into()
}
