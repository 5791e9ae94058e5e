use super::find_in_path;
use super::present::TopicBody;
use crate::http::{Answer, Call, Reply};

/// `GET /topics/:id`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let state = call.state();
    let topic = find_in_path(&state, call.arg(0))?;
    Ok(Reply::ok(&TopicBody::of(call, &state, &topic)))
}
