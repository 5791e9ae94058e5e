use super::access;
use super::commits::present::CommitBody;
use crate::http::{Answer, Call, Reply, refuse};

/// `GET /projects/:id/repository/merge_base`
pub(super) fn show(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    ask.require("refs");
    let refs = ask.list("refs").unwrap_or_default();
    call.admit(ask)?;

    let (project, repository, path) = {
        let state = call.state();
        let (project, repository) = access::readable(call, &state, call.arg(0))?;
        let path = state.project_full_path(&project);
        (project, repository, path)
    };
    if refs.len() < 2 {
        return Err(refuse::bad_request("Provide at least 2 refs"));
    }
    let mut commits = Vec::new();
    let mut missing = Vec::new();
    for reference in &refs {
        match access::resolve(&project, &repository, Some(reference)) {
            Some(commit) => commits.push(commit.id),
            None => missing.push(reference.as_str()),
        }
    }
    if !missing.is_empty() {
        let noun = if missing.len() == 1 { "ref" } else { "refs" };
        let text = format!("Could not find {noun}: {}", missing.join(", "));
        return Err(refuse::bad_request(&text));
    }
    let base = commits
        .into_iter()
        .map(Some)
        .reduce(|one, other| repository.merge_base(one?, other?))
        .flatten()
        .and_then(|id| repository.commit(id))
        .ok_or_else(|| refuse::not_found("Merge Base"))?;
    Ok(Reply::ok(&CommitBody::of(&call.instance.site, &path, base)))
}
