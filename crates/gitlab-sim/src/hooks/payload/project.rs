use super::{News, REDACTED, always, time};
use crate::access::AccessLevel;
use crate::hooks::ProjectChange;
use crate::hooks::object::Object;
use crate::state::{Namespace, Project, Source, State, Trigger};
use crate::time_text::Moment;

pub(super) fn news(state: &State, project: &Project, change: ProjectChange<'_>, now: Moment) -> News {
    let (name, of_group) = match change {
        ProjectChange::Created => ("project_create", Some(Trigger::Project)),
        ProjectChange::Destroyed => ("project_destroy", Some(Trigger::Project)),
        ProjectChange::Updated => ("project_update", None),
        ProjectChange::Renamed { .. } => ("project_rename", None),
        ProjectChange::Transferred { .. } => ("project_transfer", None),
    };
    let created = time(project.created_at);
    let updated = match change {
        ProjectChange::Created => created.clone(),
        _ => time(now),
    };
    let full_path = state.project_full_path(project);
    let owners = owners(state, project);
    let told_owners = |redacted: bool| {
        let owner = move |(name, email): &(String, String)| {
            let email = if redacted { REDACTED } else { email };
            Object::new().put("name", name).put("email", email)
        };
        owners.iter().map(owner).collect::<Vec<_>>()
    };
    let (owner_name, owner_email) = owner(state, project);
    let visibility = project.visibility.as_str();

    // The events that were there first have an order of their own.
    let old = matches!(change, ProjectChange::Created | ProjectChange::Destroyed);
    let begun = |event_first: bool| {
        let object = Object::new();
        if event_first {
            object
                .put("event_name", name)
                .put("created_at", &created)
                .put("updated_at", &updated)
        } else {
            object
                .put("created_at", &created)
                .put("updated_at", &updated)
                .put("event_name", name)
        }
    };
    let for_system = if old {
        begun(false)
            .put("name", &project.name)
            .put("owner_email", owner_email)
            .put("owner_name", owner_name)
            .put_all("owners", told_owners(false))
            .put("path", &project.path)
            .put("path_with_namespace", &full_path)
            .put("project_id", project.id)
            .put("project_namespace_id", project.own_namespace)
            .put("project_visibility", visibility)
    } else {
        begun(true)
            .put("name", &project.name)
            .put("path", &project.path)
            .put("path_with_namespace", &full_path)
            .put("project_id", project.id)
            .put("owner_name", owner_name)
            .put("owner_email", owner_email)
            .put_all("owners", told_owners(false))
            .put("project_namespace_id", project.own_namespace)
            .put("project_visibility", visibility)
    };
    let for_system = match change {
        ProjectChange::Renamed { old_full_path } | ProjectChange::Transferred { old_full_path } => {
            for_system.put("old_path_with_namespace", old_full_path)
        }
        _ => for_system,
    };
    let for_groups = begun(true)
        .put("name", &project.name)
        .put("path", &project.path)
        .put("path_with_namespace", &full_path)
        .put("project_id", project.id)
        .put("project_namespace_id", project.own_namespace)
        .put_all("owners", told_owners(true))
        .put("project_visibility", visibility);
    News {
        name,
        sort: always(of_group),
        kind: "Project Hook",
        for_system: for_system.end(),
        for_groups: for_groups.end(),
    }
}

/// The group a project is in, or the user, with an address if it has one.
fn owner(state: &State, project: &Project) -> (String, String) {
    match state.tree.namespace(project.namespace) {
        Some(Namespace::Group(group)) => (group.name.clone(), String::new()),
        Some(Namespace::Personal(user)) => {
            let user = state.users.get(*user);
            user.map_or_else(Default::default, |user| (user.name.clone(), user.email.clone()))
        }
        None => Default::default(),
    }
}

/// Everyone with the level of an owner, from the project or above: name and address.
fn owners(state: &State, project: &Project) -> Vec<(String, String)> {
    let above = state.tree.lineage(project.namespace);
    let above = above.map(|group| Source::Group(group.id));
    let mut users: Vec<_> = std::iter::once(Source::Project(project.id))
        .chain(above)
        .flat_map(|source| state.members.of_source(source))
        .filter(|member| member.level == AccessLevel::Owner)
        .map(|member| member.user)
        .collect();
    users.sort_unstable();
    users.dedup();
    users
        .into_iter()
        .filter_map(|id| state.users.get(id))
        .map(|user| (user.name.clone(), user.email.clone()))
        .collect()
}
