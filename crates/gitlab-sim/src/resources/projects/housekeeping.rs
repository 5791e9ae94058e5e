use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;

/// `POST /projects/:id/housekeeping`. Nothing has to be tidied up here; the answer is all there is.
pub(super) fn housekeeping(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    ask.choice("task", &["eager", "prune"]);
    call.admit(ask)?;
    maintained(call)
}

/// `POST /projects/:id/repository_size`: sizes are always up to date here.
pub(super) fn repository_size(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    maintained(call)
}

/// 201 and null, for maintainers.
fn maintained(call: &Call<'_>) -> Answer {
    let state = call.state();
    let project = find::project(call, &state, call.arg(0))?;
    if !call.viewer.can_admin_project(&state, &project) || state.is_closed(&project) {
        return Err(refuse::forbidden());
    }
    Ok(Reply::created(&()))
}
