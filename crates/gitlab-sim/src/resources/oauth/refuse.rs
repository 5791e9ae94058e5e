//! What clients are told when something is wrong; the texts are part of the protocol.

use hyper::StatusCode;
use hyper::header::WWW_AUTHENTICATE;
use serde::Serialize;

use super::tokens::not_kept;
use crate::http::{Refusal, Reply};

/// An error of RFC 6749 with GitLab's words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) error: &'static str,
    pub(super) description: String,
}

impl Wrong {
    fn new(error: &'static str, description: &str) -> Self {
        Self {
            error,
            description: description.to_owned(),
        }
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self {
            error: "invalid_request",
            description: format!("Missing required parameter: {parameter}."),
        }
    }

    pub(super) fn client() -> Self {
        Self::new(
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included, or unsupported \
             authentication method.",
        )
    }

    pub(super) fn grant() -> Self {
        Self::new(
            "invalid_grant",
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used \
             in the authorization request, or was issued to another client.",
        )
    }

    pub(super) fn scope() -> Self {
        Self::new(
            "invalid_scope",
            "The requested scope is invalid, unknown, or malformed.",
        )
    }

    pub(super) fn denied() -> Self {
        Self::new(
            "access_denied",
            "The resource owner or authorization server denied the request.",
        )
    }

    pub(super) fn grant_type() -> Self {
        Self::new(
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server.",
        )
    }

    pub(super) fn response_type() -> Self {
        Self::new(
            "unsupported_response_type",
            "The authorization server does not support this response type.",
        )
    }

    pub(super) fn challenge_method() -> Self {
        Self::new(
            "invalid_code_challenge_method",
            "The code challenge method must be plain or S256.",
        )
    }

    pub(super) fn redirect_uri() -> Self {
        Self::new("invalid_redirect_uri", "The redirect URI included is not valid.")
    }

    pub(super) fn revocation() -> Self {
        Self::new(
            "unauthorized_client",
            "You are not authorized to revoke this token",
        )
    }

    pub(super) fn pending() -> Self {
        Self::new(
            "authorization_pending",
            "The authorization request is still pending as the end user hasn't yet completed the user interaction \
             steps.",
        )
    }

    pub(super) fn too_fast() -> Self {
        Self::new(
            "slow_down",
            "The authorization request is still pending and polling should continue, but the interval must be \
             increased.",
        )
    }

    pub(super) fn device_expired() -> Self {
        Self::new(
            "expired_token",
            "The device code has expired, and the device authorization session has concluded.",
        )
    }
}

impl From<Wrong> for Refusal {
    fn from(wrong: Wrong) -> Self {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'static str,
            error_description: &'a str,
        }
        let status = match wrong.error {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            "unauthorized_client" => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = Body {
            error: wrong.error,
            error_description: &wrong.description,
        };
        let challenge = format!(
            "Bearer realm=\"Doorkeeper\", error=\"{}\", error_description=\"{}\"",
            wrong.error, wrong.description
        );
        not_kept(Reply::json(status, &body))
            .header(WWW_AUTHENTICATE, challenge)
            .into()
    }
}

/// The access token of a question about it is no good, or is none.
pub(super) fn invalid_token() -> Refusal {
    #[derive(Serialize)]
    struct Body {
        error: &'static str,
        error_description: &'static str,
        state: &'static str,
    }
    let body = Body {
        error: "invalid_token",
        error_description: "The access token is invalid",
        state: "unauthorized",
    };
    let challenge = "Bearer realm=\"Doorkeeper\", error=\"invalid_token\", error_description=\"The access token is invalid\"";
    Reply::json(StatusCode::UNAUTHORIZED, &body)
        .header(WWW_AUTHENTICATE, challenge)
        .into()
}
