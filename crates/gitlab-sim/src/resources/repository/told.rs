//! What hooks are told of branches and tags.

use crate::hooks::{Event, Push, PushedCommit};
use crate::http::Call;
use crate::state::repository::{Commit, FileDiff, ObjectId, Tree};
use crate::state::{Project, State};

/// Where there is, or was, nothing.
const NOTHING: &str = "0000000000000000000000000000000000000000";

/// A commit came to a branch.
pub(super) fn commit(
    call: &Call<'_>,
    state: &mut State,
    project: &Project,
    branch: &str,
    old: Option<ObjectId>,
    before: &std::sync::Arc<Tree>,
    commit: &Commit,
) {
    if !state.is_heard() {
        return;
    }
    let (mut added, mut modified, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    for file in FileDiff::between(before, &commit.tree) {
        match (&file.before, &file.after) {
            (None, _) => added.push(file.new_path),
            (_, None) => removed.push(file.old_path),
            _ => modified.push(file.new_path),
        }
    }
    let told = PushedCommit {
        id: commit.id.to_string(),
        message: commit.message.clone(),
        at: commit.committer.at,
        author_name: commit.author.name.clone(),
        added,
        modified,
        removed,
    };
    let reference = format!("refs/heads/{branch}");
    push(call, state, project, reference, old, Some(commit.id), vec![told]);
}

/// A branch came or went, without a new commit.
pub(super) fn branch(
    call: &Call<'_>,
    state: &mut State,
    project: &Project,
    name: &str,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
) {
    push(
        call,
        state,
        project,
        format!("refs/heads/{name}"),
        old,
        new,
        Vec::new(),
    );
}

/// A tag came or went.
pub(super) fn tag(
    call: &Call<'_>,
    state: &mut State,
    project: &Project,
    name: &str,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
) {
    push(
        call,
        state,
        project,
        format!("refs/tags/{name}"),
        old,
        new,
        Vec::new(),
    );
}

fn push(
    call: &Call<'_>,
    state: &mut State,
    project: &Project,
    reference: String,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    commits: Vec<PushedCommit>,
) {
    let Some(user) = call.viewer.id().filter(|_| state.is_heard()) else {
        return;
    };
    let text = |id: Option<ObjectId>| id.map_or_else(|| NOTHING.to_owned(), |id| id.to_string());
    let push = Push {
        user,
        reference,
        before: text(old),
        after: text(new),
        total_commits: commits.len(),
        commits,
    };
    state.tell(Event::Pushed(project, &push));
    state.tell(Event::RepositoryUpdated(project, &push));
}
