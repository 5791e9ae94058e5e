use std::sync::Arc;

use serde::Serialize;

use super::access;
use super::commits::present::{CommitBody, DiffBody};
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::repository::{Commit, FileDiff};

/// What one side has that the other has not.
#[derive(Debug, Serialize)]
struct CompareBody {
    commit: Option<CommitBody>,
    commits: Vec<CommitBody>,
    diffs: Vec<DiffBody>,
    compare_timeout: bool,
    compare_same_ref: bool,
    web_url: String,
}

/// `GET /projects/:id/repository/compare`: from the point where both were one, unless `straight`.
pub(super) fn compare(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let from = ask.required_text("from");
    let to = ask.required_text("to");
    let straight = ask.flag("straight").unwrap_or(false);
    let unidiff = ask.flag("unidiff").unwrap_or(false);
    ask.ignored(&["from_project_id"]);
    call.admit(ask)?;

    let (project, repository, path) = {
        let state = call.state();
        let (project, repository) = access::readable(call, &state, call.arg(0))?;
        let path = state.project_full_path(&project);
        (project, repository, path)
    };
    let find = |reference: &str| {
        access::resolve(&project, &repository, Some(reference)).ok_or_else(|| refuse::not_found("Ref"))
    };
    let (base, target) = (find(&from)?, find(&to)?);
    let start = if straight {
        Some(Arc::clone(&base))
    } else {
        let shared = repository.merge_base(base.id, target.id);
        shared.and_then(|id| repository.commit(id)).cloned()
    };
    let known = repository.history([base.id]);
    let mut fresh: Vec<Arc<Commit>> = repository
        .history([target.id])
        .into_iter()
        .filter(|commit| !known.iter().any(|known| known.id == commit.id))
        .collect();
    fresh.reverse();
    let before = start.map(|start| Arc::clone(&start.tree)).unwrap_or_default();
    let site = &call.instance.site;
    let dots = if straight { ".." } else { "..." };
    let body = CompareBody {
        commit: fresh.last().map(|commit| CommitBody::of(site, &path, commit)),
        commits: fresh
            .iter()
            .map(|commit| CommitBody::of(site, &path, commit))
            .collect(),
        diffs: FileDiff::between(&before, &target.tree)
            .iter()
            .map(|diff| DiffBody::of(diff, unidiff))
            .collect(),
        compare_timeout: false,
        compare_same_ref: base.id == target.id,
        web_url: format!("{}/{path}/-/compare/{}{dots}{}", site.url, base.id, target.id),
    };
    Ok(Reply::ok(&body))
}
