use hyper::StatusCode;
use serde::Serialize;

use crate::access::AccessLevel;
use crate::http::{Answer, Call, Reply, refuse};
use crate::ids::NamespaceId;
use crate::resources::find;
use crate::resources::groups::list::LEVELS;
use crate::state::{GroupLink, Project, Source, State};
use crate::time_text::Day;

#[derive(Debug, Serialize)]
struct LinkBody {
    id: u64,
    project_id: u64,
    group_id: u64,
    group_access: AccessLevel,
    expires_at: Option<Day>,
    member_role_id: Option<u64>,
}

/// `POST /projects/:id/share`. A group the viewer may not see, or not invite with that level, is not found.
pub(in crate::resources::projects) fn share(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    let mut ask = call.ask();
    ask.require("group_id");
    ask.require("group_access");
    let invited = NamespaceId(ask.id("group_id").unwrap_or_default());
    let level = ask
        .number_of("group_access", &LEVELS)
        .and_then(AccessLevel::from_number);
    let expires_on = ask.day("expires_at").flatten();
    ask.ignored(&["member_role_id"]);
    call.admit(ask)?;

    let body = {
        let mut state = call.change();
        let project = find::project(call, &state, call.arg(0))?;
        if !call.viewer.can_admin_project(&state, &project) || state.is_closed(&project) {
            return Err(refuse::forbidden());
        }
        if is_locked(&state, &project) {
            return Err(refuse::bad_request("The project sharing with group is disabled"));
        }
        let level = level.unwrap_or(AccessLevel::Guest);
        let visible = state
            .tree
            .group(invited)
            .is_some_and(|group| call.viewer.can_read_group(&state, group));
        let may_give = level < AccessLevel::Owner || call.viewer.can_own_project(&state, &project);
        if !visible || !may_give {
            return Err(refuse::message(StatusCode::NOT_FOUND, "Not Found"));
        }
        let source = Source::Project(project.id);
        if state.belongings.group_links.get(source, invited).is_some() {
            return Err(refuse::exists("Group already shared with this group"));
        }
        if state
            .tree
            .any_in_lineage(project.namespace, |above| above.id == invited)
        {
            let text = "Project cannot be shared with the group it is in or one of its ancestors.";
            return Err(refuse::message(StatusCode::CONFLICT, text));
        }
        let link = state.belongings.group_links.add(source, |id| GroupLink {
            id,
            group: invited,
            level,
            expires_on,
            by: Some(user),
            created_at: call.now,
        });
        LinkBody {
            id: link.id,
            project_id: project.id.0,
            group_id: invited.0,
            group_access: link.level,
            expires_at: link.expires_on,
            member_role_id: None,
        }
    };
    Ok(Reply::created(&body).applied())
}

/// The project's group lets no group be invited to its projects.
pub(super) fn is_locked(state: &State, project: &Project) -> bool {
    let group = state.tree.group(project.namespace);
    group.is_some_and(|group| group.settings.share_with_group_lock)
}
