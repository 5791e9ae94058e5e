use std::sync::Arc;

use super::rule_present::RuleBody;
use super::source::{self, Place};
use crate::http::{Answer, Call, Offset, Refusal, Reply, refuse};
use crate::state::{ApprovalRule, State};

/// `GET /{projects,groups}/:id/approval_rules`
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let state = call.state();
    let place = source::to_read(call, &state)?;
    let rules = state.belongings.approval_rules.of(place.source);
    let rules: Vec<Arc<ApprovalRule>> = rules.cloned().collect();
    let total = rules.len();
    let page = offset.cut_of(rules, total);
    Ok(page
        .map(|rule| Some(RuleBody::of(call, &state, &place, &rule)))
        .reply(call))
}

/// `GET /{projects,groups}/:id/approval_rules/:rule_id`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let state = call.state();
    let place = source::to_read(call, &state)?;
    let rule = find(call, &state, &place)?;
    Ok(Reply::ok(&RuleBody::of(call, &state, &place, &rule)))
}

/// The rule of the path.
pub(super) fn find(call: &Call<'_>, state: &State, place: &Place) -> Result<Arc<ApprovalRule>, Refusal> {
    let id = call
        .arg(1)
        .parse()
        .map_err(|_| refuse::invalid("approval_rule_id is invalid"))?;
    let rule = state.belongings.approval_rules.get(place.source, id);
    rule.cloned().ok_or_else(refuse::row_not_found)
}
