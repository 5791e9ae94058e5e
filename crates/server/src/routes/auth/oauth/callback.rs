use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderMap, StatusCode};

use super::client;
use crate::app::App;
use crate::auth::{Attempt, Credential, Credentials, OpenedFrom, attempt_cookie, attempt_of, log_in};
use crate::chain::RequestContext;
use crate::error::{ApiError, Result};
use crate::openapi::AsksGitlab;
use crate::request::Query;
use crate::routes::auth::opened::opened;

/// `GET /api/auth/oauth/callback?code&state`: somebody comes back from GitLab. Opens a session with a new id and
/// leads to where they wanted to go.
#[utoipa::path(
    get, path = "/api/auth/oauth/callback", operation_id = "endOauth", tag = "Signing in", security(()),
    params(
        ("code" = Option<String>, Query, description = "What GitLab exchanges for tokens. Missing: the person said no."),
        ("state" = Option<String>, Query, description = "What `/start` sent along."),
    ),
    responses(
        (status = 303, description = "Back to the console, signed in or not.", headers(
            ("Location" = String, description = "A path of this server."),
            ("Set-Cookie" = String, description = "The session, and the end of the attempt."),
        )),
        (status = 404, description = "\"Sign in with GitLab\" is not turned on (`GITLAB_OAUTH_CLIENT_ID`)."),
        AsksGitlab,
    ),
)]
pub(in crate::routes) async fn callback(
    State(app): State<Arc<App>>,
    Extension(context): Extension<Arc<RequestContext>>,
    headers: HeaderMap,
    mut query: Query,
) -> Result<Response> {
    let oauth = client(&app)?;
    let production = app.settings.production;
    context.tell_audit(|row| {
        row.instance = Some(oauth.instance.clone());
        row.target = Some(oauth.instance.to_string());
    });
    let state = query.text("state").unwrap_or_default();
    let attempt = attempt_of(&headers, production)
        .and_then(|cookie| Attempt::open(cookie, &state, &app.settings.vault, app.clock.now()))
        .ok_or_else(|| {
            ApiError::forbidden("this browser did not begin to sign in here, or too long ago; begin anew")
        })?;
    let Some(code) = query.text("code") else {
        // GitLab says why in `error`: mostly that the person said no.
        return Ok(leading_to("/?signIn=refused", production));
    };
    let grants = app.ways.grants();
    let (key, scopes) = grants.redeem(&oauth.instance, &code, &attempt.verifier).await?;
    let credentials = Credentials {
        instance: oauth.instance.clone(),
        credential: Credential::Grant(key),
        scopes,
    };
    let from = OpenedFrom::new(context.address(), &headers);
    let signed_in = log_in(&app, credentials, from).await?;
    let cookie = opened(&app, &context, &headers, signed_in).await?.1;
    let mut response = leading_to(&attempt.return_to, production);
    response.headers_mut().append(SET_COOKIE, cookie);
    Ok(response)
}

/// Sends the browser on; the attempt is over.
fn leading_to(path: &str, production: bool) -> Response {
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, path.to_owned())]).into_response();
    let over = attempt_cookie("", Duration::ZERO, production);
    response.headers_mut().insert(SET_COOKIE, over);
    response
}
