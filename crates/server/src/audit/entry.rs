use domain::{InstanceUrl, Timestamp, UserKey};
use http::{Method, StatusCode, Uri};
use serde_json::Value;
use serde_json::value::to_raw_value;
use storage::{AuditEntry, AuditOutcome};

use crate::chain::RequestContext;

/// A path is cut after so many characters: a trail is no place to store things in.
const LONGEST_TARGET: usize = 1024;

/// What a handler knows better about what was done than its address tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Audited {
    /// To what, where it is not the path.
    pub(crate) target: Option<String>,
    /// Which GitLab, before anybody is known.
    pub(crate) instance: Option<InstanceUrl>,
    /// Who it turned out to be.
    pub(crate) user: Option<(UserKey, String)>,
    /// What else is worth knowing. Never a secret.
    pub(crate) details: Option<Value>,
}

/// The entry of a request that was answered with `status`; without one, nobody knows what came of it.
pub(crate) fn entry_of(
    context: &RequestContext,
    (method, uri): (&Method, &Uri),
    status: Option<StatusCode>,
    at: Timestamp,
) -> AuditEntry {
    let audited = context.audited();
    let session = context.session();
    let (user, username) = match (audited.user, session) {
        (Some((user, username)), _) => (Some(user), Some(username)),
        (None, Some(session)) => (
            Some(session.actor.user.clone()),
            Some(session.actor.username.clone()),
        ),
        (None, None) => (None, None),
    };
    let via = session.map(|session| match &session.key {
        Some(key) => format!("key:{}", key.id),
        None => "session".to_owned(),
    });
    let target = audited.target.unwrap_or_else(|| {
        let path = gitlab_client::redact::text(uri.path());
        format!("{method} {path}").chars().take(LONGEST_TARGET).collect()
    });
    AuditEntry {
        at,
        instance: user
            .as_ref()
            .map(|user| user.instance.clone())
            .or(audited.instance),
        user_id: user.map(|user| user.user_id),
        username,
        via,
        address: Some(context.address().to_string()),
        action: action_of(method, uri.path()).to_owned(),
        target,
        outcome: status.map_or(AuditOutcome::Unknown, outcome_of),
        status: status.map(|status| status.as_u16()),
        request_id: Some(context.id().to_owned()),
        details: audited.details.and_then(|details| to_raw_value(&details).ok()),
    }
}

/// What an answer says about whether it was done.
pub(crate) fn outcome_of(status: StatusCode) -> AuditOutcome {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
            AuditOutcome::Refused
        }
        status if status.is_client_error() || status.is_server_error() => AuditOutcome::Failed,
        _ => AuditOutcome::Succeeded,
    }
}

/// The name of what a request does.
fn action_of(method: &Method, path: &str) -> &'static str {
    let path = path.trim_end_matches('/');
    let gitlab = path.strip_prefix("/api/gitlab/");
    match path {
        "/api/auth/login" | "/api/auth/oauth/start" | "/api/auth/oauth/callback" => "sign_in",
        "/api/auth/logout" => "sign_out",
        _ if method.is_safe() => "read",
        "/api/auth/sessions" => "sign_out_everywhere",
        path if path.starts_with("/api/auth/sessions/") => "session_end",
        path if path.starts_with("/api/users/") => "user_sign_out",
        "/api/jobs" | "/api/jobs/import" => "job_create",
        _ if gitlab.is_some_and(|path| path.starts_with("bulk/")) => "job_create",
        _ if gitlab.is_some() => "gitlab_write",
        path if path.starts_with("/gitlab/") => "gateway_write",
        "/api/keys" => "key_create",
        path if path.starts_with("/api/keys/") => "key_revoke",
        path => match path.strip_prefix("/api/jobs/") {
            Some(job) if !job.contains('/') => "job_cancel",
            Some(job) => match job.rsplit('/').next() {
                Some("start") => "job_start",
                Some("pause") => "job_pause",
                Some("resume") => "job_resume",
                Some("retry") => "job_retry",
                Some("undo") => "job_undo",
                Some("verify") => "job_verify",
                Some("resolve") => "job_resolve",
                _ => "write",
            },
            None => "write",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_called_by_what_it_does() {
        for (method, path, action) in [
            (Method::POST, "/api/auth/login", "sign_in"),
            (Method::GET, "/api/auth/oauth/callback", "sign_in"),
            (Method::GET, "/api/auth/sessions", "read"),
            (Method::DELETE, "/api/auth/sessions", "sign_out_everywhere"),
            (Method::DELETE, "/api/auth/sessions/mK3", "session_end"),
            (Method::DELETE, "/api/users/7/sessions", "user_sign_out"),
            (Method::GET, "/api/keys", "read"),
            (Method::POST, "/api/keys", "key_create"),
            (Method::DELETE, "/api/keys/0193", "key_revoke"),
            (Method::POST, "/api/gitlab/bulk/groups", "job_create"),
            (Method::DELETE, "/api/gitlab/groups/7", "gitlab_write"),
            (Method::PUT, "/gitlab/api/v4/groups/7", "gateway_write"),
            (Method::DELETE, "/api/jobs/0193", "job_cancel"),
            (Method::POST, "/api/jobs/0193/items/4/resolve", "job_resolve"),
            (Method::POST, "/api/jobs/0193/start", "job_start"),
        ] {
            assert_eq!(action_of(&method, path), action, "{method} {path}");
        }
    }
}
