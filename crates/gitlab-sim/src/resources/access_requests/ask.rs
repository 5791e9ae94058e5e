use super::of_user;
use super::present::Requester;
use crate::hooks::{self, Event};
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::{AccessRequest, Source};

/// `POST /{groups,projects}/:id/access_requests`: members have nothing to ask for, and not everything may be asked.
pub(super) fn ask(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    call.admit_any()?;
    let body = {
        let mut state = call.change();
        let source = find::source(call, &state)?;
        let (open, level) = match source {
            Source::Group(id) => (
                state
                    .tree
                    .group(id)
                    .is_some_and(|group| group.settings.request_access_enabled),
                call.viewer.level_on_group(&state, id),
            ),
            Source::Project(id) => state.tree.project(id).map_or((false, None), |project| {
                (
                    project.settings.request_access_enabled,
                    call.viewer.level_on_project(&state, project),
                )
            }),
        };
        if !open || level.is_some() {
            return Err(refuse::forbidden());
        }
        if of_user(&state, source, user).is_some() {
            return Err(refuse::field("user_id", "already exists in source"));
        }
        let request = state.belongings.access_requests.add(source, |id| AccessRequest {
            id,
            user,
            requested_at: call.now,
        });
        state.tell(Event::Access {
            source,
            user,
            created_at: call.now,
            request: hooks::AccessRequest::Made,
        });
        Requester::of(&call.instance.site, &state, &request)
    };
    Ok(Reply::created(&body).applied())
}
