//! From GitLab's answer to what becomes of the item.

use domain::ItemError;
use gitlab_client::{Answer, GitlabError, Refusal, Reply};
use http::StatusCode;

/// What an answer means for an item.
pub(super) enum Verdict {
    /// GitLab did it.
    Done(Reply),
    /// GitLab will not do it.
    Refused { refusal: Refusal, error: ItemError },
    /// The token is no longer good.
    Unauthorized(Refusal),
    /// Too many requests: it did nothing, and the budget knows how long to wait.
    Throttled,
    /// GitLab was busy with a sibling: it did nothing, and may do it in a moment.
    Busy { refusal: Refusal, error: ItemError },
    /// Nothing left this process.
    NotSent(GitlabError),
    /// Held back directly before sending.
    Withheld,
    /// It may or may not have been done.
    Unknown { why: String },
}

/// Reads an answer. A 4xx is a word, a lost answer is not one (see [`gitlab_client::Answer`]).
pub(super) fn judge(answer: Answer) -> Verdict {
    match answer {
        Answer::Done(reply) => Verdict::Done(reply),
        Answer::Refused(refusal) if refusal.status == StatusCode::UNAUTHORIZED => {
            Verdict::Unauthorized(refusal)
        }
        Answer::Refused(refusal) => Verdict::Refused {
            error: item_error(&refusal),
            refusal,
        },
        Answer::Throttled(_) => Verdict::Throttled,
        Answer::Busy(refusal) => Verdict::Busy {
            error: item_error(&refusal),
            refusal,
        },
        Answer::NotSent(GitlabError::Withheld) => Verdict::Withheld,
        Answer::NotSent(error) => Verdict::NotSent(error),
        Answer::Unknown(doubt) => Verdict::Unknown {
            why: doubt.to_string(),
        },
    }
}

/// Bodies above this are not kept with the item.
const MOST_DETAILS: usize = 4096;

/// What GitLab has refused in the body of an answer that says otherwise, as an item's error.
pub(super) fn refused_in_body(status: StatusCode, text: &str) -> ItemError {
    ItemError {
        code: "GITLAB_INVALID".to_owned(),
        message: format!("GitLab: {text}"),
        gitlab_status: Some(status.as_u16()),
        details: None,
    }
}

/// GitLab's refusal as an item's error: a fixed code by status, GitLab's own words, and its body.
fn item_error(refusal: &Refusal) -> ItemError {
    let code = match refusal.status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => "GITLAB_INVALID",
        StatusCode::FORBIDDEN => "GITLAB_FORBIDDEN",
        StatusCode::NOT_FOUND => "GITLAB_NOT_FOUND",
        StatusCode::CONFLICT => "GITLAB_CONFLICT",
        StatusCode::METHOD_NOT_ALLOWED => "GITLAB_NOT_ALLOWED",
        _ => "GITLAB_REFUSED",
    };
    let advice = match refusal.status {
        StatusCode::FORBIDDEN => " (the token's user may not do this there)",
        StatusCode::NOT_FOUND => " (it does not exist, or the token's user may not see it)",
        _ => "",
    };
    ItemError {
        code: code.to_owned(),
        message: format!("GitLab: {refusal}{advice}"),
        gitlab_status: Some(refusal.status.as_u16()),
        details: Some(refusal.details()).filter(|_| refusal.body.len() <= MOST_DETAILS),
    }
}
