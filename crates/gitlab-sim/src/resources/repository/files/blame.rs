use std::collections::HashSet;
use std::sync::Arc;

use serde::Serialize;
use similar::{DiffTag, TextDiff};

use super::super::access;
use super::super::commits::present::CommitTime;
use super::show;
use crate::http::{Answer, Call, Reply};
use crate::state::repository::{Commit, ObjectId, Repository};

/// Lines that came with one commit.
#[derive(Debug, Serialize)]
struct Range {
    commit: RangeCommit,
    lines: Vec<String>,
}

#[derive(Debug, Serialize)]
struct RangeCommit {
    id: ObjectId,
    parent_ids: Vec<ObjectId>,
    message: String,
    authored_date: CommitTime,
    author_name: String,
    author_email: String,
    committed_date: CommitTime,
    committer_name: String,
    committer_email: String,
}

impl RangeCommit {
    fn of(commit: &Commit) -> Self {
        Self {
            id: commit.id,
            parent_ids: commit.parents.clone(),
            message: commit.message.clone(),
            authored_date: CommitTime(commit.author.at),
            author_name: commit.author.name.clone(),
            author_email: commit.author.email.clone(),
            committed_date: CommitTime(commit.committer.at),
            committer_name: commit.committer.name.clone(),
            committer_email: commit.committer.email.clone(),
        }
    }
}

/// `GET /projects/:id/repository/files/:file_path/blame`
pub(super) fn blame(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let reference = ask.required_text("ref");
    ask.ignored(&["range"]);
    show::path(call, &mut ask);
    call.admit(ask)?;
    let (project, repository) = access::readable(call, &call.state(), call.arg(0))?;
    let found = show::find(call, &project, &repository, Some(&reference))?;
    let mut ranges: Vec<Range> = Vec::new();
    for (line, commit) in lines(&repository, &found.commit, call.arg(1)) {
        match ranges.last_mut().filter(|range| range.commit.id == commit.id) {
            Some(range) => range.lines.push(line),
            None => ranges.push(Range {
                commit: RangeCommit::of(&commit),
                lines: vec![line],
            }),
        }
    }
    Ok(Reply::ok(&ranges))
}

/// Every line of a file with the commit it came with, along the first parents.
fn lines(repository: &Repository, at: &Arc<Commit>, path: &str) -> Vec<(String, Arc<Commit>)> {
    let text = |commit: &Commit| {
        let file = commit.tree.file(path)?;
        Some(String::from_utf8_lossy(&file.blob.content).into_owned())
    };
    let mut known: Vec<(String, Arc<Commit>)> = Vec::new();
    let mut before = String::new();
    let mut seen = HashSet::new();
    let oldest_first = repository.first_parents(at.id).into_iter().rev();
    for commit in oldest_first.filter(|commit| seen.insert(commit.id)) {
        let after = text(&commit).unwrap_or_default();
        if after == before {
            continue;
        }
        let mut next = Vec::new();
        let diff = TextDiff::from_lines(before.as_str(), after.as_str());
        for op in diff.ops() {
            let (tag, old, new) = op.as_tag_tuple();
            if tag == DiffTag::Equal {
                next.extend(known[old].iter().cloned());
            } else {
                let lines = diff.new_slices()[new].iter();
                next.extend(lines.map(|line| (line.trim_end_matches('\n').to_owned(), Arc::clone(&commit))));
            }
        }
        (known, before) = (next, after);
    }
    known
}
