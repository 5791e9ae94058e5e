use std::sync::Arc;

use super::present::ProtectedTagBody;
use crate::http::{Answer, Call, Offset, Reply};
use crate::state::ProtectedTag;

/// `GET /projects/:id/protected_tags`
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let state = call.state();
    let project = super::project(call, &state)?;
    let rules = state.belongings.protected_tags.of(project.id);
    let rules: Vec<Arc<ProtectedTag>> = rules.cloned().collect();
    let total = rules.len();
    let page = offset.cut_of(rules, total);
    Ok(page
        .map(|rule| Some(ProtectedTagBody::of(call, &state, &rule)))
        .reply(call))
}

/// `GET /projects/:id/protected_tags/:name`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let body = {
        let state = call.state();
        let project = super::project(call, &state)?;
        let rule = super::find_rule(call, &state, &project)?;
        ProtectedTagBody::of(call, &state, &rule)
    };
    Ok(Reply::ok(&body))
}
