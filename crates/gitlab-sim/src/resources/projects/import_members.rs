use std::sync::Arc;

use hyper::StatusCode;
use indexed::Names;
use serde::Serialize;

use crate::access::{AccessLevel, inherited_level};
use crate::http::{Answer, Call, Reply, refuse};
use crate::ids::ProjectId;
use crate::resources::find;
use crate::state::{Member, Source, State};

#[derive(Debug, Serialize)]
struct Success {
    status: &'static str,
}

#[derive(Debug, Serialize)]
struct Partial {
    status: &'static str,
    message: Names,
    total_members_count: usize,
}

#[derive(Debug, Serialize)]
struct Failure {
    message: &'static str,
    reason: &'static str,
}

mod indexed {
    use serde::ser::{Serialize, SerializeMap, Serializer};

    /// User names with what was wrong, in the order they were tried.
    #[derive(Debug, Default)]
    pub(super) struct Names(pub(super) Vec<(String, String)>);

    impl Serialize for Names {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(self.0.len()))?;
            for (name, text) in &self.0 {
                map.serialize_entry(name, text)?;
            }
            map.end()
        }
    }
}

/// `POST /projects/:id/import_project_members/:project_id`: 201 when all or some came over.
pub(super) fn import_members(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let from = call.arg(1).parse().map(ProjectId);
    let from = from.map_err(|_| refuse::invalid("project_id is invalid"))?;
    let mut state = call.change();
    let target = find::project(call, &state, call.arg(0))?;
    if !call.viewer.can_admin_project(&state, &target) || state.is_closed(&target) {
        return Err(refuse::forbidden());
    }
    let source = find::project(call, &state, &from.to_string())?;
    if !call.viewer.can_admin_project(&state, &source) {
        return Err(refuse::forbidden_because("Project"));
    }
    let highest = if call.viewer.can_own_project(&state, &target) {
        AccessLevel::Owner
    } else {
        AccessLevel::Maintainer
    };
    let members: Vec<Arc<Member>> = state
        .members
        .of_source(Source::Project(source.id))
        .cloned()
        .collect();
    let total = members.len();
    let mut failed = Names::default();
    let mut added = 0;
    for member in members {
        match bring(call, &mut state, target.id, &member, highest) {
            Ok(new) => added += usize::from(new),
            Err(text) => {
                let user = state.users.get(member.user);
                let name = user.map(|user| user.username.clone()).unwrap_or_default();
                failed.0.push((name, text));
            }
        }
    }
    if failed.0.is_empty() {
        return Ok(Reply::created(&Success { status: "success" }).applied_if(added > 0));
    }
    if added == 0 && failed.0.len() == total {
        let body = Failure {
            message: "Import failed",
            reason: "import_failed",
        };
        return Reply::json(StatusCode::UNPROCESSABLE_ENTITY, &body).refuse();
    }
    let body = Partial {
        status: "error",
        message: failed,
        total_members_count: total,
    };
    Ok(Reply::created(&body).applied_if(added > 0))
}

/// Makes someone a member here as there. Who is one already stays as they are.
fn bring(
    call: &Call<'_>,
    state: &mut State,
    target: ProjectId,
    member: &Member,
    highest: AccessLevel,
) -> Result<bool, String> {
    let to = Source::Project(target);
    if state.members.get(to, member.user).is_some() {
        return Ok(false);
    }
    let level = member.level.min(highest);
    let today = call.now.day();
    if let Some((inherited, group)) = inherited_level(state, member.user, to, today)
        && level < inherited
    {
        return Err(format!(
            "Access level should be greater than or equal to {inherited} inherited membership from group {}",
            group.name
        ));
    }
    let by = call.viewer.id();
    state.set_member(to, member.user, level, member.expires_on, by, call.now);
    Ok(true)
}
