use std::sync::Arc;

use serde::Serialize;

use super::show;
use crate::http::{Answer, Call, Offset, Reply};
use crate::resources::users::present::UserBasic;
use crate::state::State;
use crate::state::repository::CommitComment;
use crate::time_text::Moment;

/// What somebody wrote about a commit.
#[derive(Debug, Serialize)]
struct CommentBody {
    note: String,
    path: Option<String>,
    line: Option<i64>,
    line_type: Option<String>,
    author: Option<UserBasic>,
    created_at: Moment,
}

impl CommentBody {
    fn of(call: &Call<'_>, state: &State, comment: &CommitComment) -> Self {
        let author = state.users.get(comment.author);
        Self {
            note: comment.note.clone(),
            path: comment.path.clone(),
            line: comment.line,
            line_type: comment.line_type.clone(),
            author: author.map(|user| UserBasic::of(&call.instance.site, user)),
            created_at: comment.created_at,
        }
    }
}

/// `GET /projects/:id/repository/commits/:sha/comments`
pub(super) fn list(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let found = show::find(call)?;
    let state = call.state();
    let comments: Vec<Arc<CommitComment>> = state
        .belongings
        .commit_comments
        .of(found.project.id)
        .filter(|comment| comment.commit == found.commit.id)
        .cloned()
        .collect();
    let total = comments.len();
    let page = offset.cut_of(comments, total);
    Ok(page
        .map(|comment| Some(CommentBody::of(call, &state, &comment)))
        .reply(call))
}

/// `POST /projects/:id/repository/commits/:sha/comments`
pub(super) fn create(call: &Call<'_>) -> Answer {
    let author = call.user()?.id;
    let mut ask = call.ask();
    let note = ask.required_text("note");
    let path = ask.filled("path");
    let line = ask.integer("line");
    let line_type = ask.choice("line_type", &["new", "old"]).map(str::to_owned);
    call.admit(ask)?;
    let found = show::find(call)?;
    let body = {
        let mut state = call.change();
        let comment = state
            .belongings
            .commit_comments
            .add(found.project.id, |id| CommitComment {
                id,
                commit: found.commit.id,
                author,
                note,
                line_type: path.as_ref().and(line_type),
                line: path.as_ref().and(line),
                path,
                created_at: call.now,
            });
        CommentBody::of(call, &state, &comment)
    };
    Ok(Reply::created(&body).applied())
}
