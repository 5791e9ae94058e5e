//! What the model of a project refuses.

use gitlab_api::names;
use gitlab_api::resources::Visibility;

use crate::http::refuse::{Complaints, TAKEN};
use crate::ids::{NamespaceId, ProjectId};
use crate::state::{Child, Namespace, State};

/// Checks a name that is new or changes.
pub(super) fn name(state: &State, namespace: NamespaceId, name: &str, complaints: &mut Complaints) {
    if state.tree.has_project_name(namespace, name) {
        complaints.add("project_namespace.name", TAKEN);
        complaints.add("name", TAKEN);
    }
    complaints.add_all("name", names::project_name(name));
}

/// Checks a path that is new or changes. `own` may stand there already.
pub(super) fn path(
    state: &State,
    namespace: NamespaceId,
    path: &str,
    own: Option<ProjectId>,
    complaints: &mut Complaints,
) {
    let there = state.tree.child(Some(namespace), path);
    if there.is_some() && there != own.map(Child::Project) {
        complaints.add("path", TAKEN);
    }
    complaints.add_all("path", names::project_path(path));
}

pub(super) fn description(text: Option<&str>, complaints: &mut Complaints) {
    complaints.add_all(
        "description",
        text.map(names::project_description).unwrap_or_default(),
    );
}

/// The most open a project in this namespace may be.
pub(super) fn most_open(state: &State, namespace: NamespaceId) -> Visibility {
    match state.tree.namespace(namespace) {
        Some(Namespace::Group(group)) => group.visibility,
        // Anything goes in a user's own namespace.
        _ => Visibility::Public,
    }
}
