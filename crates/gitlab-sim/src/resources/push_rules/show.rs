use hyper::StatusCode;

use super::present::PushRuleBody;
use super::source;
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::Source;

/// `GET /{projects,groups}/:id/push_rule`. Where there is none, a project answers null and a group 404.
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let state = call.state();
    let source = source::of_path(call, &state)?;
    let body = source::rule_of(&state, source).map(|rule| PushRuleBody::of(source, rule));
    if body.is_none() && matches!(source, Source::Group(_)) {
        return Err(refuse::message(StatusCode::NOT_FOUND, "404 Not Found"));
    }
    Ok(Reply::ok(&body))
}
