use serde::Serialize;

use super::super::push::{self, Seen, Start, Wanted};
use super::super::{access, content};
use super::show;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::params::Ask;
use crate::state::repository::edit::Change;

/// Where the change went.
#[derive(Debug, Serialize)]
struct Written {
    file_path: String,
    branch: String,
}

/// What every change of one file says.
struct Request {
    wanted: Wanted,
    seen: Vec<Seen>,
}

fn read(call: &Call<'_>, ask: &mut Ask<'_>) -> Request {
    let branch = ask.required_text("branch");
    let message = ask.required_text("commit_message");
    let start = ask.filled("start_branch").map(Start::Branch);
    let (author_email, author_name) = (ask.filled("author_email"), ask.filled("author_name"));
    let seen = ask.filled("last_commit_id").map(|commit| Seen {
        path: call.arg(1).to_owned(),
        commit,
    });
    show::path(call, ask);
    Request {
        wanted: Wanted {
            branch,
            start,
            message,
            author_name,
            author_email,
            force: false,
        },
        seen: seen.into_iter().collect(),
    }
}

/// The content that is to be, as bytes.
fn read_content(ask: &mut Ask<'_>) -> Vec<u8> {
    let text = ask.required_text("content");
    let encoding = ask.choice("encoding", &["base64", "text"]);
    content::decode(text, encoding)
}

/// `POST /projects/:id/repository/files/:file_path`
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let request = read(call, &mut ask);
    let content = read_content(&mut ask);
    let executable = ask.flag("execute_filemode").unwrap_or(false);
    call.admit(ask)?;
    let written = write(
        call,
        request,
        Change::Create {
            path: call.arg(1).to_owned(),
            content,
            executable,
        },
    )?;
    Ok(Reply::created(&written).applied())
}

/// `PUT /projects/:id/repository/files/:file_path`
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let request = read(call, &mut ask);
    let content = read_content(&mut ask);
    let executable = ask.flag("execute_filemode");
    call.admit(ask)?;
    let written = write(
        call,
        request,
        Change::Update {
            path: call.arg(1).to_owned(),
            content,
            executable,
        },
    )?;
    Ok(Reply::ok(&written).applied())
}

/// `DELETE /projects/:id/repository/files/:file_path`
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let request = read(call, &mut ask);
    call.admit(ask)?;
    let path = call.arg(1).to_owned();
    write(call, request, Change::Delete { path })?;
    Ok(Reply::no_content().applied())
}

fn write(call: &Call<'_>, request: Request, change: Change) -> Result<Written, Refusal> {
    let mut state = call.change();
    let (project, _) = access::writable(call, &state, call.arg(0))?;
    let branch = request.wanted.branch.clone();
    push::commit(
        call,
        &mut state,
        &project,
        request.wanted,
        &[change],
        &request.seen,
    )?;
    Ok(Written {
        file_path: call.arg(1).to_owned(),
        branch,
    })
}
