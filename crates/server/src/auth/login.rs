use std::sync::Arc;

use domain::InstanceUrl;
use engine::operation::Registry;
use gitlab_client::Token;

use super::store::Opening;
use super::{Profile, Session, SessionStore, permissions};
use crate::error::Result;

/// What somebody signs in with.
pub(crate) struct Credentials {
    pub(crate) instance: InstanceUrl,
    pub(crate) token: Token,
}

/// Proves the token with its GitLab and opens a session; returns the cookie's value.
///
/// # Errors
/// 403 before any connection for a host that is not allowed; 401 when GitLab does not know the token.
pub(crate) async fn log_in(
    sessions: &SessionStore,
    registry: &Registry,
    credentials: Credentials,
) -> Result<(String, Arc<Session>)> {
    let Credentials { instance, token } = credentials;
    let gitlab = sessions.stranger(&instance, token.clone())?;
    let user = gitlab.current_user().await?;
    let facts = gitlab.token_self().await?;
    let role = permissions::role(&gitlab, &user).await;
    let may_write = permissions::may_write(&facts);
    let profile = Profile {
        permissions: permissions::allowed(registry, &user, may_write),
        id: user.id,
        username: user.username,
        email: user.email,
        name: user.name,
        avatar_url: user.avatar_url,
        web_url: user.web_url,
        is_admin: user.is_admin,
        role,
    };
    sessions
        .open(Opening {
            profile,
            instance,
            token,
            may_write,
        })
        .await
}
