use super::present::ProtectedBranchBody;
use super::source;
use crate::http::{Answer, Call, Offset};
use crate::resources::holds;

/// `GET /{projects,groups}/:id/protected_branches`
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let search = ask.filled("search");
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let state = call.state();
    let place = source::of_path(call, &state)?;
    let mut rules = place.all(&state);
    rules.retain(|(_, rule)| search.as_deref().is_none_or(|search| holds(&rule.name, search)));
    let total = rules.len();
    let page = offset.cut_of(rules, total).map(|(source, rule)| {
        let of_project = place.project.is_some();
        Some(ProtectedBranchBody::of(call, &state, of_project, source, &rule))
    });
    Ok(page.reply(call))
}
