use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use domain::{InstanceUrl, KeyId, KeyScopes, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::{Profile, Session};

/// Who is signed in, if anybody.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::routes) struct SessionAnswer {
    /// Whether the other fields are there.
    authenticated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Profile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gitlab_url: Option<InstanceUrl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    /// When it was last used, to within a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_activity: Option<Timestamp>,
    /// When it ends, whatever its use.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// The API key that was used; null for people who have signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<UsedKey>,
    /// Where "Sign in with GitLab" begins, for whoever is not signed in.
    #[schema(ignore)]
    #[serde(skip_serializing_if = "Option::is_none")]
    oauth: Option<Offer>,
}

/// "Sign in with GitLab".
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Offer {
    gitlab_url: InstanceUrl,
    start: &'static str,
}

/// What may be said of an API key.
#[derive(Serialize, ToSchema)]
struct UsedKey {
    #[schema(value_type = String, format = Uuid)]
    id: KeyId,
    name: String,
    #[schema(value_type = Vec<String>)]
    scopes: KeyScopes,
}

/// `GET /api/auth/session`: who is signed in, if anybody.
#[utoipa::path(
    get, path = "/api/auth/session", operation_id = "showSession", tag = "Signing in", security(()),
    responses((status = 200, description = "The session.", body = SessionAnswer)),
)]
pub(in crate::routes) async fn session(
    State(app): State<Arc<App>>,
    session: Option<Extension<Arc<Session>>>,
) -> Json<SessionAnswer> {
    let nobody = || SessionAnswer {
        oauth: app.settings.oauth.as_ref().map(|oauth| Offer {
            gitlab_url: oauth.instance.clone(),
            start: "/api/auth/oauth/start",
        }),
        ..SessionAnswer::default()
    };
    Json(session.map_or_else(nobody, |Extension(session)| SessionAnswer {
        authenticated: true,
        user: Some(session.profile.clone()),
        gitlab_url: Some(session.actor.user.instance.clone()),
        created_at: Some(session.created_at),
        last_activity: Some(session.last_activity()),
        expires_at: session.expires_at,
        key: session.key.as_ref().map(|key| UsedKey {
            id: key.id,
            name: key.name.clone(),
            scopes: key.scopes,
        }),
        oauth: None,
    }))
}

/// `GET /api/auth/status`: the same under its older name.
#[utoipa::path(
    get, path = "/api/auth/status", operation_id = "showSessionStatus", tag = "Signing in", security(()),
    responses((status = 200, description = "The session.", body = SessionAnswer)),
)]
pub(in crate::routes) async fn status(
    app: State<Arc<App>>,
    session: Option<Extension<Arc<Session>>>,
) -> Json<SessionAnswer> {
    self::session(app, session).await
}
