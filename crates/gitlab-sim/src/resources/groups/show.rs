use super::present::GroupView;
use crate::http::{Answer, Call, Reply};
use crate::resources::find;

/// `GET /groups/:id`
pub(super) fn show(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let with_projects = ask.flag("with_projects").unwrap_or(true);
    let custom_attributes = ask.flag("with_custom_attributes").unwrap_or(false);
    call.admit(ask)?;
    let view = {
        let state = call.state();
        let group = find::group(call, &state, call.arg(0))?;
        let view = if with_projects {
            GroupView::detailed(call, &state, &group)
        } else {
            GroupView::without_projects(call, &state, &group)
        };
        view.with_custom_attributes(&state, custom_attributes)
    };
    Ok(Reply::ok(&view))
}
