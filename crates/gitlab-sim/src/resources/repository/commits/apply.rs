//! The changes of one commit made once more elsewhere, or taken back.

use std::sync::Arc;

use hyper::StatusCode;
use serde::Serialize;

use super::super::{access, push};
use super::present::{CommitBody, CommitDetail};
use super::show;
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::state::repository::{Commit, File, FileDiff, Tree};

/// What is made of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    CherryPick,
    Revert,
}

/// `POST /projects/:id/repository/commits/:sha/cherry_pick`
pub(super) fn cherry_pick(call: &Call<'_>) -> Answer {
    apply(call, Kind::CherryPick)
}

/// `POST /projects/:id/repository/commits/:sha/revert`
pub(super) fn revert(call: &Call<'_>) -> Answer {
    apply(call, Kind::Revert)
}

fn apply(call: &Call<'_>, kind: Kind) -> Answer {
    #[derive(Serialize)]
    struct DryRun {
        dry_run: &'static str,
    }
    call.user()?;
    let mut ask = call.ask();
    let branch = ask.required_text("branch");
    let dry_run = ask.flag("dry_run").unwrap_or(false);
    let message = ask.filled("message").filter(|_| kind == Kind::CherryPick);
    call.admit(ask)?;

    let found = show::find(call)?;
    let commit = &found.commit;
    let body = {
        let mut state = call.change();
        let (project, repository) = access::writable(call, &state, call.arg(0))?;
        let head = repository
            .branch(&branch)
            .cloned()
            .ok_or_else(|| refuse::not_found("Branch"))?;
        push::may_push(call, &state, &project, &branch)?;
        let before = repository.tree_before(commit);
        let (from, to) = match kind {
            Kind::CherryPick => (&before, &commit.tree),
            Kind::Revert => (&commit.tree, &before),
        };
        let tree = replay(&head.tree, &FileDiff::between(from, to))
            .map_err(|error_code| impossible(kind, error_code))?;
        if dry_run {
            return Ok(Reply::ok(&DryRun { dry_run: "success" }));
        }
        let committer = push::signature(call, None, None)?;
        let author = match kind {
            Kind::CherryPick => commit.author.clone(),
            Kind::Revert => committer.clone(),
        };
        let message = message.unwrap_or_else(|| told(kind, commit));
        let new = Commit::new(tree, vec![head.id], author, committer, message);
        let made = push::put(call, &mut state, &project, &branch, &head.tree, new)?;
        let repository = state.belongings.repositories.of(&project);
        let body = CommitBody::of(&call.instance.site, &found.full_path, &made)
            .with_trailers()
            .with_stats(&repository, &made);
        CommitDetail::of(body, project.id.0)
    };
    Ok(Reply::created(&body).applied())
}

fn told(kind: Kind, commit: &Commit) -> String {
    match kind {
        Kind::CherryPick => format!(
            "{}\n\n(cherry picked from commit {})",
            commit.message.trim_end(),
            commit.id
        ),
        Kind::Revert => format!(
            "Revert \"{}\"\n\nThis reverts commit {}",
            commit.title(),
            commit.id
        ),
    }
}

/// The folder with the changes made to it, file by file.
///
/// # Errors
/// GitLab's code for why not: a file is not as it was before the change, or nothing would change.
fn replay(onto: &Arc<Tree>, diffs: &[FileDiff]) -> Result<Arc<Tree>, &'static str> {
    let same = |one: Option<&File>, other: Option<&File>| match (one, other) {
        (Some(one), Some(other)) => one.same_as(other),
        (None, None) => true,
        _ => false,
    };
    let mut tree = Arc::clone(onto);
    for diff in diffs {
        if diff.is_rename() {
            let there = tree.file(&diff.old_path);
            if !same(there, diff.before.as_ref()) || tree.at(&diff.new_path).is_some() {
                return Err("conflict");
            }
            tree = Arc::new(tree.without(&diff.old_path));
        } else if same(tree.file(&diff.new_path), diff.after.as_ref()) {
            continue;
        } else if !same(tree.file(&diff.new_path), diff.before.as_ref()) {
            return Err("conflict");
        }
        tree = Arc::new(match &diff.after {
            Some(file) => tree.with(&diff.new_path, file.clone()),
            None => tree.without(&diff.new_path),
        });
    }
    if tree.id == onto.id {
        Err("empty")
    } else {
        Ok(tree)
    }
}

fn impossible(kind: Kind, error_code: &'static str) -> Refusal {
    #[derive(Serialize)]
    struct Body {
        message: String,
        error_code: &'static str,
    }
    let (verb, done) = match kind {
        Kind::CherryPick => ("cherry-pick", "been cherry-picked"),
        Kind::Revert => ("revert", "been reverted"),
    };
    let message = format!(
        "Sorry, we cannot {verb} this commit automatically. This commit may already have {done}, or a more recent \
         commit may have updated some of its content."
    );
    Reply::json(StatusCode::BAD_REQUEST, &Body { message, error_code }).into()
}
