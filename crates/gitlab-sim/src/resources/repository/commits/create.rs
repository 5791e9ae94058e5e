use super::super::push::{self, Seen, Start, Wanted};
use super::super::{access, content};
use super::present::{CommitBody, CommitDetail};
use crate::http::{Answer, Call, Reply};
use crate::params::Ask;
use crate::state::repository::edit::Change;

/// One entry of `actions`.
#[derive(Debug)]
struct Action {
    change: Change,
    seen: Option<String>,
}

/// `POST /projects/:id/repository/commits`: all actions as one commit, or none.
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let branch = ask.required_text("branch");
    let message = ask.required_text("commit_message");
    ask.require("actions");
    let actions = ask.objects("actions", action).unwrap_or_default();
    let (start_branch, start_sha) = (ask.filled("start_branch"), ask.filled("start_sha"));
    if start_branch.is_some() && start_sha.is_some() {
        ask.complain("start_branch, start_sha are mutually exclusive");
    }
    ask.ignored(&["start_project"]);
    let (author_email, author_name) = (ask.filled("author_email"), ask.filled("author_name"));
    let stats = ask.flag("stats").unwrap_or(true);
    let force = ask.flag("force").unwrap_or(false);
    call.admit(ask)?;

    let start = start_branch
        .map(Start::Branch)
        .or_else(|| start_sha.map(Start::Sha));
    let wanted = Wanted {
        branch,
        start,
        message,
        author_name,
        author_email,
        force,
    };
    let mut changes = Vec::new();
    let mut seen = Vec::new();
    for Action { change, seen: commit } in actions.into_iter().flatten() {
        seen.extend(commit.map(|commit| Seen {
            path: change.path().to_owned(),
            commit,
        }));
        changes.push(change);
    }
    let body = {
        let mut state = call.change();
        let (project, _) = access::writable(call, &state, call.arg(0))?;
        let commit = push::commit(call, &mut state, &project, wanted, &changes, &seen)?;
        let repository = state.belongings.repositories.of(&project);
        let full_path = state.project_full_path(&project);
        let mut body = CommitBody::of(&call.instance.site, &full_path, &commit).with_trailers();
        if stats {
            body = body.with_stats(&repository, &commit);
        }
        CommitDetail::of(body, project.id.0)
    };
    Ok(Reply::created(&body).applied())
}

/// None when it is malformed, which the questions have said.
fn action(ask: &mut Ask<'_>) -> Option<Action> {
    const ACTIONS: [&str; 5] = ["create", "update", "move", "delete", "chmod"];
    ask.require("action");
    let action = ask.choice("action", &ACTIONS);
    let path = ask.required_text("file_path");
    let previous = ask.filled("previous_path");
    let text = ask.text("content").flatten();
    let encoding = ask.choice("encoding", &["text", "base64"]);
    let seen = ask.filled("last_commit_id");
    let executable = ask.flag("execute_filemode");
    let content = text.map(|text| content::decode(text, encoding));
    let change = match action? {
        "create" => {
            ask.require("content");
            Change::Create {
                path,
                content: content?,
                executable: executable.unwrap_or(false),
            }
        }
        "update" => {
            ask.require("content");
            Change::Update {
                path,
                content: content?,
                executable,
            }
        }
        "move" => {
            ask.require("previous_path");
            Change::Move {
                path,
                previous: previous?,
                content,
            }
        }
        "chmod" => {
            ask.require("execute_filemode");
            Change::Mode {
                path,
                executable: executable?,
            }
        }
        _ => Change::Delete { path },
    };
    Some(Action { change, seen })
}
