use domain::InstanceUrl;

use super::store::{Opened, Opening};
use super::{Credential, Profile, permissions};
use crate::app::App;
use crate::error::Result;

/// What somebody signs in with.
pub(crate) struct Credentials {
    pub(crate) instance: InstanceUrl,
    pub(crate) credential: Credential,
    /// What was granted, where that is known already.
    pub(crate) scopes: Option<Vec<String>>,
}

/// Proves the credential with its GitLab and opens a session.
///
/// # Errors
/// 403 before any connection for a host that is not allowed; 401 when GitLab does not know the token.
pub(crate) async fn log_in(app: &App, credentials: Credentials) -> Result<Opened> {
    let Credentials {
        instance,
        credential,
        scopes,
    } = credentials;
    let gitlab = app.ways.of_stranger(&instance, &credential)?;
    let user = gitlab.current_user().await?;
    let may_write = match &scopes {
        Some(scopes) => permissions::scopes_may_write(scopes),
        None => permissions::may_write(&gitlab.token_self().await?),
    };
    let role = permissions::role(&gitlab, &user).await;
    let profile = Profile {
        permissions: permissions::allowed(app.engine.registry(), &user, may_write),
        id: user.id,
        username: user.username,
        email: user.email,
        name: user.name,
        avatar_url: user.avatar_url,
        web_url: user.web_url,
        is_admin: user.is_admin,
        role,
    };
    app.sessions
        .open(Opening {
            profile,
            instance,
            credential,
            may_write,
        })
        .await
}
