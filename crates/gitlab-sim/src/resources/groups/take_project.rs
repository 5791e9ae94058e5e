use super::present::GroupView;
use crate::http::{Answer, Call, Reply};
use crate::resources::find;
use crate::resources::projects::transfer;

/// `POST /groups/:id/projects/:project_id`: an administrator moves a project into the group, and sees the group.
pub(super) fn take(call: &Call<'_>) -> Answer {
    let administrator = call.administrator()?.id;
    call.admit_any()?;
    let view = {
        let mut state = call.change();
        let group = find::group(call, &state, call.arg(0))?;
        let project = find::project(call, &state, call.arg(1))?;
        transfer::carry_out(call, &mut state, administrator, project, group.id)?;
        GroupView::detailed(call, &state, &group)
    };
    Ok(Reply::created(&view).applied())
}
