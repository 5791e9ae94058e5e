use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{LOCATION, SET_COOKIE};

use super::client;
use crate::app::App;
use crate::auth::{Attempt, attempt_cookie};
use crate::error::{ApiError, Result};
use crate::request::Query;

/// Somebody who is at GitLab for longer begins anew.
const LONGEST: Duration = Duration::from_mins(10);

/// `GET /api/auth/oauth/start?returnTo`: sends the browser to GitLab, to come back to `/callback`.
///
/// Where the browser goes after that is `returnTo`: a path of this server.
#[utoipa::path(
    get, path = "/api/auth/oauth/start", operation_id = "beginOauth", tag = "Signing in", security(()),
    params(("returnTo" = Option<String>, Query, description = "Where to go when signed in: a path, like `/jobs`.")),
    responses(
        (status = 302, description = "To GitLab.", headers(
            ("Location" = String, description = "GitLab's page."),
            ("Set-Cookie" = String, description = "What the callback is compared with."),
        )),
        (status = 404, description = "\"Sign in with GitLab\" is not turned on (`GITLAB_OAUTH_CLIENT_ID`)."),
    ),
)]
pub(in crate::routes) async fn start(State(app): State<Arc<App>>, mut query: Query) -> Result<Response> {
    let return_to = query.text("returnTo");
    query.finish()?;
    let oauth = client(&app)?;
    let attempt = Attempt::new(return_to.as_deref(), app.clock.now().plus(LONGEST));
    let cookie = attempt
        .seal(&app.settings.vault)
        .ok_or_else(|| ApiError::internal("an attempt to sign in could not be sealed"))?;
    let address = attempt.question(oauth, &app.redirect_uri());
    let mut response = (StatusCode::FOUND, [(LOCATION, address.to_string())]).into_response();
    let cookie = attempt_cookie(&cookie, LONGEST, app.settings.production);
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}
