use super::super::access;
use super::present::TagBody;
use crate::http::{Answer, Call, Reply, refuse};

/// `GET /projects/:id/repository/tags/:tag_name`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let body = {
        let state = call.state();
        let (project, repository) = access::readable(call, &state, call.arg(0))?;
        let tag = repository
            .tag(call.arg(1))
            .ok_or_else(|| refuse::not_found("Tag"))?;
        TagBody::of(call, &state, &project, &repository, call.arg(1), tag)
    };
    Ok(Reply::ok(&body))
}

/// `GET /projects/:id/repository/tags/:tag_name/signature`: what the API tags is never signed here.
pub(super) fn signature(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let (_, repository) = access::readable(call, &call.state(), call.arg(0))?;
    let what = match repository.tag(call.arg(1)) {
        Some(_) => "Signature",
        None => "Tag",
    };
    Err(refuse::not_found(what))
}
