//! The one way by which commits made through the API get onto a branch.

use std::sync::Arc;

use hyper::StatusCode;

use super::told;
use crate::http::{Call, Refusal, refuse};
use crate::resources::push_rules::enforce;
use crate::state::repository::edit::{self, Change};
use crate::state::repository::{Commit, ObjectId, Repository, Signature, Tree};
use crate::state::{Project, State, Work};

/// A commit that somebody wants made.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) branch: String,
    pub(super) start: Option<Start>,
    pub(super) message: String,
    pub(super) author_name: Option<String>,
    pub(super) author_email: Option<String>,
    /// Points a branch that is there elsewhere.
    pub(super) force: bool,
}

/// What a new branch starts from.
#[derive(Debug)]
pub(super) enum Start {
    Branch(String),
    Sha(String),
}

/// A change that was seen from an older state: the path, and the commit it was last changed by then.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) path: String,
    pub(super) commit: String,
}

const NO_BRANCH: &str = "You can only create or edit files when you are on a branch";
const STALE: &str = "You are attempting to update a file that has changed since you started editing it.";

/// Makes a commit out of changes.
pub(super) fn commit(
    call: &Call<'_>,
    state: &mut State,
    project: &Arc<Project>,
    wanted: Wanted,
    changes: &[Change],
    seen: &[Seen],
) -> Result<Arc<Commit>, Refusal> {
    may_push(call, state, project, &wanted.branch)?;
    let repository = state.belongings.repositories.of(project);
    let base = base(project, &repository, &wanted)?;
    if let Some(base) = &base {
        for file in seen {
            let last = repository.last_change(base.id, &file.path);
            if last.is_some_and(|last| last.id.to_string() != file.commit) {
                return Err(refuse::bad_request(STALE));
            }
        }
    }
    let before = base
        .as_ref()
        .map(|base| Arc::clone(&base.tree))
        .unwrap_or_default();
    let tree = edit::apply(&before, changes).map_err(|error| refuse::bad_request(&error.to_string()))?;
    let author = signature(
        call,
        wanted.author_name.as_deref(),
        wanted.author_email.as_deref(),
    )?;
    let committer = signature(call, None, None)?;
    let parents = base.iter().map(|base| base.id).collect();
    let commit = Commit::new(tree, parents, author, committer, wanted.message);
    put(call, state, project, &wanted.branch, &before, commit)
}

/// Puts a commit onto a branch, if the push rules let it.
pub(super) fn put(
    call: &Call<'_>,
    state: &mut State,
    project: &Arc<Project>,
    branch: &str,
    before: &Arc<Tree>,
    commit: Commit,
) -> Result<Arc<Commit>, Refusal> {
    let old = state
        .belongings
        .repositories
        .of(project)
        .branch(branch)
        .map(|tip| tip.id);
    if old.is_none() {
        enforce::branch_name(state, project, branch)?;
    }
    enforce::commit(state, project, before, &commit)?;
    let commit = state.belongings.repositories.change(project).push(branch, commit);
    pushed(call, state, project, branch);
    told::commit(call, state, project, branch, old, before, &commit);
    Ok(commit)
}

/// What follows from a push: a project that was empty has a default branch now, which gets protected later.
pub(super) fn pushed(call: &Call<'_>, state: &mut State, project: &Arc<Project>, branch: &str) {
    let mut changed = Project::clone(project);
    changed.updated_at = call.now;
    changed.active_at = Some(call.now);
    if project.empty {
        changed.empty = false;
        changed.default_branch = Some(branch.to_owned());
        call.later(state, Work::ProtectDefaultBranch(project.id));
    }
    state.tree.put_project(Arc::new(changed));
}

/// Refuses who may not push to a branch.
pub(super) fn may_push(
    call: &Call<'_>,
    state: &State,
    project: &Project,
    branch: &str,
) -> Result<(), Refusal> {
    if call.viewer.can_push_to(state, project, branch) {
        Ok(())
    } else {
        Err(refuse::forbidden_because(
            "You are not allowed to push into this branch",
        ))
    }
}

/// The commit the new one comes after; none in an empty repository.
fn base(project: &Project, repository: &Repository, wanted: &Wanted) -> Result<Option<Arc<Commit>>, Refusal> {
    let branch = wanted.branch.as_str();
    let on_it = repository.branch(branch).cloned();
    let start = match &wanted.start {
        Some(Start::Branch(start)) if start == branch => on_it.clone(),
        Some(Start::Branch(start)) => repository.branch(start).cloned(),
        Some(Start::Sha(sha)) => repository
            .resolve(sha, project.default_branch.as_deref())
            .cloned(),
        None => on_it.clone(),
    };
    if repository.is_empty() {
        return named(branch).map(|()| None);
    }
    let start = start.ok_or_else(|| refuse::bad_request(NO_BRANCH))?;
    let on_itself = match &wanted.start {
        None => true,
        Some(Start::Branch(start)) => start == branch,
        Some(Start::Sha(_)) => false,
    };
    if on_it.is_some() && !on_itself && !wanted.force {
        return Err(refuse::message(
            StatusCode::BAD_REQUEST,
            &format!(
                "A branch called '{branch}' already exists. Switch to that branch in order to make changes"
            ),
        ));
    }
    named(branch)?;
    Ok(Some(start))
}

fn named(branch: &str) -> Result<(), Refusal> {
    if crate::state::repository::is_ref_name(branch) {
        Ok(())
    } else {
        Err(refuse::bad_request("Branch name is invalid"))
    }
}

/// The viewer as author or committer, unless the request names someone else.
pub(super) fn signature(
    call: &Call<'_>,
    name: Option<&str>,
    email: Option<&str>,
) -> Result<Signature, Refusal> {
    let user = call.user()?;
    Ok(Signature::new(
        name.unwrap_or(&user.name),
        email.unwrap_or(&user.email),
        call.now,
    ))
}

/// Where the default branch is.
pub(super) fn head(project: &Project, repository: &Repository) -> Option<ObjectId> {
    let branch = project.default_branch.as_deref()?;
    repository.branch(branch).map(|commit| commit.id)
}
