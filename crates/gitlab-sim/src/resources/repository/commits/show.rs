use std::sync::Arc;

use serde::Serialize;

use super::super::access;
use super::super::pages::Walk;
use super::present::{CommitBody, CommitDetail, DiffBody};
use crate::http::{Answer, Call, Offset, Refusal, Reply, refuse};
use crate::state::Project;
use crate::state::repository::{Commit, FileDiff, Repository};

/// A commit of the path, and where it is.
pub(super) struct Found {
    pub(super) project: Arc<Project>,
    pub(super) repository: Arc<Repository>,
    pub(super) commit: Arc<Commit>,
    pub(super) full_path: String,
}

/// The commit that the path names, by id or by branch or tag.
pub(super) fn find(call: &Call<'_>) -> Result<Found, Refusal> {
    let state = call.state();
    let (project, repository) = access::readable(call, &state, call.arg(0))?;
    let commit = access::resolve(&project, &repository, Some(call.arg(1)));
    Ok(Found {
        commit: commit.ok_or_else(|| refuse::not_found("Commit"))?,
        full_path: state.project_full_path(&project),
        project,
        repository,
    })
}

/// `GET /projects/:id/repository/commits/:sha`
pub(super) fn show(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let stats = ask.flag("stats").unwrap_or(true);
    call.admit(ask)?;
    let found = find(call)?;
    let mut body = CommitBody::of(&call.instance.site, &found.full_path, &found.commit).with_trailers();
    if stats {
        body = body.with_stats(&found.repository, &found.commit);
    }
    Ok(Reply::ok(&CommitDetail::of(body, found.project.id.0)))
}

/// `GET /projects/:id/repository/commits/:sha/diff`
pub(super) fn diff(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let unidiff = ask.flag("unidiff").unwrap_or(false);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let found = find(call)?;
    let diffs = FileDiff::between(&found.repository.tree_before(&found.commit), &found.commit.tree);
    let total = diffs.len();
    let page = offset.cut_of(diffs, total);
    Ok(page.map(|diff| Some(DiffBody::of(&diff, unidiff))).reply(call))
}

/// A branch or tag that a commit is part of.
#[derive(Debug, Serialize)]
struct RefBody {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
}

/// `GET /projects/:id/repository/commits/:sha/refs`
pub(super) fn refs(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let kind = ask.choice("type", &["branch", "tag", "all"]).unwrap_or("all");
    let walk = Walk::read(&mut ask);
    call.admit(ask)?;
    let Found {
        repository, commit, ..
    } = find(call)?;
    let mut found = Vec::new();
    if kind != "tag" {
        let branches = repository
            .branches()
            .filter(|(_, head)| repository.leads_to(commit.id, head.id));
        found.extend(branches.map(|(name, _)| ("branch", name.to_owned())));
    }
    if kind != "branch" {
        let tags = repository
            .tags()
            .filter(|(_, tag)| repository.leads_to(commit.id, tag.commit));
        found.extend(tags.map(|(name, _)| ("tag", name.to_owned())));
    }
    Ok(walk.reply(
        call,
        found,
        |(_, name)| name.clone(),
        |(kind, name)| RefBody { kind, name },
    ))
}

/// `GET /projects/:id/repository/commits/:sha/sequence`: how many commits led to this one, itself included.
pub(super) fn sequence(call: &Call<'_>) -> Answer {
    #[derive(Serialize)]
    struct Body {
        count: usize,
    }
    let mut ask = call.ask();
    let first_parent = ask.flag("first_parent").unwrap_or(false);
    call.admit(ask)?;
    let Found {
        repository, commit, ..
    } = find(call)?;
    let history = if first_parent {
        repository.first_parents(commit.id)
    } else {
        repository.history([commit.id])
    };
    Ok(Reply::ok(&Body { count: history.len() }))
}

/// `GET /projects/:id/repository/commits/:sha/signature`: what the API commits is never signed here.
pub(super) fn signature(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    find(call)?;
    Err(refuse::not_found("Signature"))
}

/// `GET /projects/:id/repository/commits/:sha/merge_requests`
pub(super) fn merge_requests(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    ask.choice("state", &["opened", "closed", "locked", "merged", "all"]);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    find(call)?;
    Ok(offset.cut_of(Vec::<()>::new(), 0).reply(call))
}
