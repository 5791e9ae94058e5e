//! What the model of a project refuses.

use gitlab_api::names;
use gitlab_api::resources::Visibility;

use crate::access::Viewer;
use crate::http::refuse::{Complaints, TAKEN};
use crate::ids::{NamespaceId, ProjectId};
use crate::state::{Child, Namespace, State};

/// Checks a name and a path that are new or change. `own` may stand there already.
pub(super) fn name_and_path(
    state: &State,
    namespace: NamespaceId,
    name: Option<&str>,
    path: Option<&str>,
    own: Option<ProjectId>,
    complaints: &mut Complaints,
) {
    let there = path.and_then(|path| state.tree.child(Some(namespace), path));
    let there = there.filter(|there| Some(*there) != own.map(Child::Project));
    let going = matches!(there, Some(Child::Project(id))
        if state.tree.project(id).is_some_and(|project| project.pending_delete));
    if going {
        complaints.add(
            "base",
            "The project is still being deleted. Please try again later.",
        );
    }
    if let Some(name) = name {
        if !going && state.tree.has_project_name(namespace, name) {
            complaints.add("project_namespace.name", TAKEN);
            complaints.add("name", TAKEN);
        }
        complaints.add_all("name", names::project_name(name));
    }
    if let Some(path) = path {
        if there.is_some() && !going {
            complaints.add("path", TAKEN);
        }
        complaints.add_all("path", names::project_path(path));
    }
}

pub(super) fn description(text: Option<&str>, complaints: &mut Complaints) {
    complaints.add_all(
        "description",
        text.map(names::project_description).unwrap_or_default(),
    );
}

/// Levels that the instance keeps for administrators.
pub(super) fn restriction(
    state: &State,
    viewer: &Viewer,
    visibility: Visibility,
    complaints: &mut Complaints,
) {
    if state.belongings.settings.restricts(visibility) && !viewer.is_admin() {
        complaints.add(
            "visibility_level",
            format!("{visibility} has been restricted by your GitLab administrator"),
        );
    }
}

/// The most open a project in this namespace may be.
pub(super) fn most_open(state: &State, namespace: NamespaceId) -> Visibility {
    match state.tree.namespace(namespace) {
        Some(Namespace::Group(group)) => group.visibility,
        // Anything goes in a user's own namespace.
        _ => Visibility::Public,
    }
}

/// Whether the viewer may put projects there: nobody may while it is archived or on its way out.
pub(super) fn takes_projects(state: &State, viewer: &Viewer, namespace: NamespaceId) -> bool {
    let closed = state
        .tree
        .any_in_lineage(namespace, |group| group.archived || group.marked_on.is_some());
    !closed && viewer.can_create_project_in(state, namespace)
}
