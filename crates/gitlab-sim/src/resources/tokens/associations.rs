use gitlab_api::resources::Visibility;
use serde::Serialize;

use super::show;
use crate::access::AccessLevel;
use crate::http::{Answer, Call, Offset, Reply};
use crate::state::{Group, Project, State};
use crate::time_text::Moment;

#[derive(Debug, Serialize)]
struct Reached {
    groups: Vec<GroupReached>,
    projects: Vec<ProjectReached>,
}

#[derive(Debug, Serialize)]
struct GroupReached {
    id: u64,
    web_url: String,
    name: String,
    parent_id: Option<u64>,
    organization_id: u64,
    access_levels: Option<AccessLevel>,
    visibility: Visibility,
}

#[derive(Debug, Serialize)]
struct ProjectReached {
    id: u64,
    description: Option<String>,
    name: String,
    name_with_namespace: String,
    path: String,
    path_with_namespace: String,
    created_at: Moment,
    access_levels: Levels,
    visibility: Visibility,
    web_url: String,
}

#[derive(Debug, Serialize)]
struct Levels {
    project_access_level: Option<AccessLevel>,
    group_access_level: Option<AccessLevel>,
}

/// `GET /personal_access_tokens/self/associations`: the groups and projects the token reaches, each list cut into the
/// same page.
pub(super) fn associations(call: &Call<'_>) -> Answer {
    show::personal(call)?;
    let mut ask = call.ask();
    let least = ask
        .number_of("min_access_level", &[10, 15, 20, 30, 40, 50])
        .and_then(AccessLevel::from_number);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let reached = {
        let state = call.state();
        let groups = call.viewer.own_groups(&state);
        let groups = groups.iter().filter_map(|id| state.tree.group(*id));
        let groups = groups.filter(|group| call.viewer.level_on_group(&state, group.id) >= least);
        let projects = call.viewer.own_projects(&state);
        let projects = projects.iter().filter_map(|id| state.tree.project(*id));
        let projects = projects.filter(|project| call.viewer.level_on_project(&state, project) >= least);
        Reached {
            groups: offset
                .cut(groups)
                .map(|group| Some(of_group(call, &state, group)))
                .rows,
            projects: offset
                .cut(projects)
                .map(|project| Some(of_project(call, &state, project)))
                .rows,
        }
    };
    Ok(Reply::ok(&reached))
}

fn of_group(call: &Call<'_>, state: &State, group: &Group) -> GroupReached {
    GroupReached {
        id: group.id.0,
        web_url: format!("{}/groups/{}", call.instance.site.url, state.full_path(group.id)),
        name: group.name.clone(),
        parent_id: group.parent.map(|id| id.0),
        organization_id: 1,
        access_levels: call.viewer.level_on_group(state, group.id),
        visibility: group.visibility,
    }
}

fn of_project(call: &Call<'_>, state: &State, project: &Project) -> ProjectReached {
    let path = state.project_full_path(project);
    ProjectReached {
        id: project.id.0,
        description: project.description.clone(),
        name: project.name.clone(),
        name_with_namespace: format!("{} / {}", state.full_name(project.namespace), project.name),
        path: project.path.clone(),
        web_url: format!("{}/{path}", call.instance.site.url),
        path_with_namespace: path,
        created_at: project.created_at,
        access_levels: Levels {
            project_access_level: call.viewer.level_on_project(state, project),
            group_access_level: call.viewer.level_on_group(state, project.namespace),
        },
        visibility: project.visibility,
    }
}
