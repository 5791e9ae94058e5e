use hyper::StatusCode;
use serde_json::json;

use super::owner;
use crate::hooks::{Letter, Outcome};
use crate::http::{Answer, Call, Reply, refuse};

/// `POST …/hooks/:hook_id/events/:event_id/resend`: the same again, also to a hook that is disabled.
pub(super) fn resend(call: &Call<'_>) -> Answer {
    let letter = {
        let state = call.state();
        let owner = owner::of_path(call, &state)?;
        call.admit_any()?;
        let hook = owner::hook(call, &state, owner)?;
        let id = owner::argument(call, owner, 1).parse().unwrap_or(0);
        let log = state.belongings.hook_logs.get(owner, id);
        let log = log
            .filter(|log| log.hook == hook.id)
            .ok_or_else(refuse::row_not_found)?;
        let header = |name: &str| {
            let mut headers = log.request_headers.iter();
            let found = headers.find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Letter {
            owner,
            hook: hook.id,
            event: log.event.clone(),
            kind: header("X-Gitlab-Event"),
            body: log.request_data.clone(),
            event_uuid: header("X-Gitlab-Event-UUID"),
            key: header("Idempotency-Key"),
            forced: true,
        }
    };
    Ok(Reply::after(letter, answer))
}

fn answer(outcome: &Outcome) -> Reply {
    match outcome {
        Outcome::Answered(status, _) => Reply::created(&json!({"response_status": status})),
        Outcome::Failed(error) => Reply::message(StatusCode::UNPROCESSABLE_ENTITY, error),
        Outcome::NotSent => refuse::row_not_found().into(),
    }
}
