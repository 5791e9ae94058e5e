use super::present::NamespaceBody;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;

/// `GET /namespaces/:id`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let body = {
        let state = call.state();
        let id = find::namespace(call, &state, call.arg(0))?;
        NamespaceBody::of(call, &state, id).ok_or_else(|| refuse::not_found("Namespace"))?
    };
    Ok(Reply::ok(&body))
}
