use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::{InstanceUrl, InvalidInstanceUrl, Problem, Problems};
use gitlab_client::{InvalidToken, Token};
use http::HeaderMap;
use http::header::SET_COOKIE;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::opened::opened;
use crate::app::App;
use crate::auth::{Credential, Credentials, OpenedFrom, Profile, log_in};
use crate::chain::RequestContext;
use crate::error::Result;
use crate::openapi::AsksGitlab;
use crate::request::BodyOfStranger;

/// Who is to be signed in, and where.
#[expect(
    dead_code,
    reason = "only described: what is wrong with either field is told together, without the token"
)]
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct LoginRequest {
    /// The address of the GitLab server: `https://gitlab.example.com`.
    gitlab_url: String,
    /// A personal, group or project access token.
    #[schema(min_length = 1, write_only)]
    token: String,
}

/// Who has signed in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LoginAnswer<'a> {
    user: &'a Profile,
    gitlab_url: &'a InstanceUrl,
}

/// `POST /api/auth/login {gitlabUrl, token}`: opens a session with a new id; an old one ends.
#[utoipa::path(
    post, path = "/api/auth/login", operation_id = "logIn", tag = "Signing in", security(()),
    request_body = LoginRequest,
    responses(
        (status = 200, description = "Who has signed in. The session is in the cookie.", body = LoginAnswer,
            headers(("Set-Cookie" = String, description = "The session."))),
        AsksGitlab,
    ),
)]
pub(in crate::routes) async fn login(
    State(app): State<Arc<App>>,
    Extension(context): Extension<Arc<RequestContext>>,
    headers: HeaderMap,
    BodyOfStranger(body): BodyOfStranger,
) -> Result<Response> {
    let credentials = read(&body)?;
    context.tell_audit(|row| {
        row.instance = Some(credentials.instance.clone());
        row.target = Some(credentials.instance.to_string());
    });
    let from = OpenedFrom::new(context.address(), &headers);
    let signed_in = log_in(&app, credentials, from).await?;
    let (session, cookie) = opened(&app, &context, &headers, signed_in).await?;
    let answer = LoginAnswer {
        user: &session.profile,
        gitlab_url: &session.actor.user.instance,
    };
    let mut response = Json(answer).into_response();
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

/// What is wrong with either field is told at once; the token is never repeated.
fn read(body: &Map<String, Value>) -> Result<Credentials> {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, message: &str, allowed: &str| {
        let problem = Problem {
            field: Some(field.to_owned()),
            ..Problem::new(message).allowed(allowed)
        };
        problems.push(problem);
    };
    const ADDRESS: &str = "the address of a GitLab server, like https://gitlab.example.com";
    let instance = match text(body, "gitlabUrl").map(str::parse::<InstanceUrl>) {
        Some(Ok(instance)) => Some(instance),
        Some(Err(InvalidInstanceUrl::Credentials)) => {
            wrong(
                "gitlabUrl",
                "the address must not contain a user name or password",
                ADDRESS,
            );
            None
        }
        Some(Err(error)) => {
            wrong("gitlabUrl", &error.to_string(), ADDRESS);
            None
        }
        None => {
            wrong("gitlabUrl", "gitlabUrl is required", ADDRESS);
            None
        }
    };
    const TOKEN: &str = "a personal, group or project access token";
    let token = match text(body, "token")
        .or_else(|| text(body, "accessToken"))
        .map(|text| Token::personal(text.trim()))
    {
        Some(Ok(token)) => Some(token),
        Some(Err(InvalidToken)) => {
            wrong("token", &InvalidToken.to_string(), TOKEN);
            None
        }
        None => {
            wrong("token", "token is required", TOKEN);
            None
        }
    };
    match (instance, token) {
        (Some(instance), Some(token)) => Ok(Credentials {
            instance,
            credential: Credential::Token(token),
            scopes: None,
        }),
        _ => Err(Problems(problems).into()),
    }
}

fn text<'b>(body: &'b Map<String, Value>, field: &str) -> Option<&'b str> {
    body.get(field)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
}
