use serde::Serialize;

use super::info::access_token;
use super::refuse::invalid_token;
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::Source;

#[derive(Debug, Serialize)]
struct UserInfo {
    sub: String,
    name: String,
    nickname: String,
    preferred_username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    profile: String,
    picture: Option<String>,
    groups: Vec<String>,
}

/// `GET /oauth/userinfo`: who the access token's user is. The address is there with the scope for it.
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let token = access_token(call)?;
    if !token.has_scope("openid") {
        return Err(refuse::insufficient_scope("openid"));
    }
    let state = call.state();
    let user = state.users.get(token.user).ok_or_else(invalid_token)?;
    let site = &call.instance.site.url;
    let tells_email = token.has_scope("email");
    let mut groups: Vec<String> = state
        .members
        .of_user(user.id)
        .filter_map(|source| match source {
            Source::Group(id) => Some(state.full_path(id)),
            Source::Project(_) => None,
        })
        .collect();
    groups.sort();
    let info = UserInfo {
        sub: user.id.to_string(),
        name: user.name.clone(),
        nickname: user.username.clone(),
        preferred_username: user.username.clone(),
        email: tells_email.then(|| user.email.clone()),
        email_verified: tells_email.then_some(true),
        profile: format!("{site}/{}", user.username),
        picture: None,
        groups,
    };
    Ok(Reply::ok(&info))
}
