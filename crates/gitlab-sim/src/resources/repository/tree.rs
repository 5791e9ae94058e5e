use serde::Serialize;

use super::access;
use super::pages::Walk;
use crate::http::{Answer, Call, refuse};
use crate::state::repository::{Entry, ObjectId};

/// A file or folder.
#[derive(Debug, Serialize)]
struct TreeObject {
    id: ObjectId,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    path: String,
    mode: &'static str,
}

/// `GET /projects/:id/repository/tree`: folders before files.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let reference = ask.filled("ref");
    let path = ask.filled("path");
    let recursive = ask.flag("recursive").unwrap_or(false);
    let walk = Walk::read(&mut ask);
    call.admit(ask)?;

    let (project, repository) = access::readable(call, &call.state(), call.arg(0))?;
    let commit = access::resolve(&project, &repository, reference.as_deref())
        .ok_or_else(|| refuse::not_found("Tree"))?;
    let path = path.as_deref().unwrap_or_default().trim_matches('/');
    let folder = if path.is_empty() {
        &commit.tree
    } else {
        commit
            .tree
            .at(path)
            .and_then(Entry::folder)
            .ok_or_else(|| refuse::not_found("invalid revision or path"))?
    };
    let mut rows: Vec<(String, &Entry)> = if recursive {
        folder.walk()
    } else {
        folder
            .entries()
            .map(|(name, entry)| (name.to_owned(), entry))
            .collect()
    };
    rows.sort_by_key(|(_, entry)| entry.folder().is_none());
    Ok(walk.reply(
        call,
        rows,
        |(_, entry)| entry.id().to_string(),
        |(below, entry)| TreeObject {
            id: entry.id(),
            name: below.rsplit('/').next().unwrap_or_default().to_owned(),
            kind: if entry.folder().is_some() { "tree" } else { "blob" },
            path: if path.is_empty() {
                below
            } else {
                format!("{path}/{below}")
            },
            mode: entry.mode(),
        },
    ))
}
