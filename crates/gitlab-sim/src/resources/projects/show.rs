use super::present::{ProjectView, Shape};
use crate::http::{Answer, Call, Reply};
use crate::resources::find;

/// `GET /projects/:id`
pub(super) fn show(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let statistics = ask.flag("statistics").unwrap_or(false);
    ask.ignored(&["license", "with_custom_attributes"]);
    call.admit(ask)?;
    let view = {
        let state = call.state();
        let project = find::project(call, &state, call.arg(0))?;
        let shape = if call.viewer.user().is_some() {
            Shape::WithAccess
        } else {
            Shape::Basic
        };
        ProjectView::of(call, &state, &project, shape).with_statistics(statistics)
    };
    Ok(Reply::ok(&view))
}
