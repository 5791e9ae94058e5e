//! What a server refuses, as the engine of the command line would have said it.

use domain::{Problem, Problems};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::failure::{Exit, Failure, chain};

/// The server's envelope.
#[derive(Default, Deserialize)]
struct Envelope {
    error: Said,
}

#[derive(Default, Deserialize)]
struct Said {
    code: String,
    message: String,
    #[serde(default)]
    details: Value,
}

/// The codes of the API that this program tells apart, and how it ends with each.
const CODES: &[(&str, Exit)] = &[
    ("VALIDATION_ERROR", Exit::Wrong),
    ("UNAUTHORIZED", Exit::NotPermitted),
    ("FORBIDDEN", Exit::NotPermitted),
    ("NOT_FOUND", Exit::Wrong),
    ("METHOD_NOT_ALLOWED", Exit::Wrong),
    ("CONFLICT", Exit::Wrong),
    ("PAYLOAD_TOO_LARGE", Exit::Wrong),
    ("UNSUPPORTED_MEDIA_TYPE", Exit::Wrong),
    ("REQUEST_TIMEOUT", Exit::Unreachable),
    ("RATE_LIMIT_EXCEEDED", Exit::Unreachable),
    ("GITLAB_UNREACHABLE", Exit::Unreachable),
    ("GITLAB_TIMEOUT", Exit::Unreachable),
    ("SERVICE_UNAVAILABLE", Exit::Unreachable),
    ("GITLAB_API_ERROR", Exit::SomeFailed),
    ("INTERNAL_ERROR", Exit::SomeFailed),
];

/// The server answered, and not with what was asked for.
pub(super) async fn refused(root: &Url, answer: Response) -> Failure {
    let status = answer.status();
    let body = answer.bytes().await.unwrap_or_default();
    let Ok(Envelope { error: said }) = serde_json::from_slice(&body) else {
        return foreign(root, status);
    };
    let (code, exit) = known(&said.code).unwrap_or_else(|| of_status(status));
    if code == "VALIDATION_ERROR"
        && let Ok(problems) = serde_json::from_value::<Vec<Problem>>(said.details.clone())
        && !problems.is_empty()
    {
        return invalid(Problems(problems));
    }
    let reason = said.details.get("reason").and_then(Value::as_str);
    Failure::Other {
        exit,
        code,
        message: match reason {
            Some(reason) => format!("{}: {reason}", said.message),
            None => said.message,
        },
        advice: advice(root, code),
    }
}

/// A code of the API as this program has it, and how the program ends with it.
pub(super) fn known(code: &str) -> Option<(&'static str, Exit)> {
    CODES.iter().find(|(known, _)| *known == code).copied()
}

/// All problems of an input, in the words of the command line.
fn invalid(problems: Problems) -> Failure {
    let is_of_input = problems.0.iter().any(|problem| problem.file.is_some());
    let count = match problems.mistakes() {
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    };
    let what = if is_of_input {
        "in the input"
    } else {
        "in what was asked for"
    };
    Failure::invalid(format!("{count} {what}; nothing was sent"), problems)
}

fn advice(root: &Url, code: &str) -> Option<String> {
    Some(match code {
        "UNAUTHORIZED" => {
            format!(
                "GITLAB_BULK_API_KEY is unknown to {root}, has expired or was revoked; make a new one there"
            )
        }
        "FORBIDDEN" => {
            "the API key needs the scopes `read` and `jobs`, and the GitLab token behind it `api`".to_owned()
        }
        "NOT_FOUND" => format!("`gitlab-bulk --server {root} jobs list` shows your jobs"),
        "RATE_LIMIT_EXCEEDED" => "try again later".to_owned(),
        _ => return None,
    })
}

/// A proxy, or no server of ours, answered.
fn foreign(root: &Url, status: StatusCode) -> Failure {
    let (code, exit) = of_status(status);
    Failure::Other {
        exit,
        code,
        message: format!("{root} answered {status}, and not as a server of this program does"),
        advice: Some("check --server, and what stands between here and there".to_owned()),
    }
}

fn of_status(status: StatusCode) -> (&'static str, Exit) {
    match status.as_u16() {
        401 => ("UNAUTHORIZED", Exit::NotPermitted),
        403 => ("FORBIDDEN", Exit::NotPermitted),
        404 => ("NOT_FOUND", Exit::Wrong),
        429 => ("RATE_LIMIT_EXCEEDED", Exit::Unreachable),
        502..=504 => ("SERVICE_UNAVAILABLE", Exit::Unreachable),
        400..=499 => ("VALIDATION_ERROR", Exit::Wrong),
        300..=399 => ("SERVICE_UNAVAILABLE", Exit::Unreachable),
        _ => ("INTERNAL_ERROR", Exit::SomeFailed),
    }
}

/// Nobody answered, or not to the end.
pub(super) fn unreachable(root: &Url, error: &reqwest::Error) -> Failure {
    Failure::Other {
        exit: Exit::Unreachable,
        code: "SERVICE_UNAVAILABLE",
        message: format!("{root} cannot be reached: {}", chain(error)),
        advice: Some("check --server and the network; a job of the server goes on by itself".to_owned()),
    }
}

/// Something answered that is no server of ours.
pub(super) fn no_server(root: &Url, error: &serde_json::Error) -> Failure {
    Failure::Other {
        exit: Exit::Unreachable,
        code: "SERVICE_UNAVAILABLE",
        message: format!("{root} does not answer as a server of this program does: {error}"),
        advice: Some("check --server".to_owned()),
    }
}
