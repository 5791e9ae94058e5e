use super::present::{ProjectView, Shape};
use crate::http::{Answer, Call, Reply};
use crate::resources::find;

/// `GET /projects/:id`
pub(super) fn show(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let statistics = ask.flag("statistics").unwrap_or(false);
    let license = ask.flag("license").unwrap_or(false);
    let attributes = ask.flag("with_custom_attributes").unwrap_or(false);
    call.admit(ask)?;
    let view = {
        let state = call.state();
        let project = find::project(call, &state, call.arg(0))?;
        let shape = if call.viewer.user().is_some() {
            Shape::WithAccess
        } else {
            Shape::Basic
        };
        ProjectView::of(call, &state, &project, shape)
            .with_statistics(&state, statistics)
            .with_custom_attributes(&state, attributes)
            .with_license(license)
    };
    Ok(Reply::ok(&view))
}
