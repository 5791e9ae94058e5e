use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Health, told};
use crate::auth::{Read, Scoped};

/// Whose token it is, asked now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::routes) struct TokenUser {
    status: Health,
    username: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    is_admin: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// `GET /api/health/user`: whether GitLab still knows the token, and whose it is.
#[utoipa::path(
    get, path = "/api/health/user", operation_id = "checkUser", tag = "Health",
    responses((status = 200, description = "How it is.", body = TokenUser)),
)]
pub(in crate::routes) async fn user(session: Scoped<Read>) -> Json<TokenUser> {
    let profile = &session.profile;
    let answer = match session.gitlab.current_user().await {
        Ok(user) => TokenUser {
            status: Health::Healthy,
            username: user.username,
            name: user.name,
            email: user.email,
            is_admin: user.is_admin,
            avatar_url: user.avatar_url,
            error: None,
        },
        // Who it was when they signed in.
        Err(error) => TokenUser {
            status: Health::Unhealthy,
            username: profile.username.clone(),
            name: profile.name.clone(),
            email: profile.email.clone(),
            is_admin: profile.is_admin,
            avatar_url: profile.avatar_url.clone(),
            error: Some(told(&error)),
        },
    };
    Json(answer)
}
