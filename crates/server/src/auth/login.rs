use domain::InstanceUrl;

use super::store::{Opened, Opening};
use super::{Credential, OpenedFrom, permissions};
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
pub(crate) async fn log_in(app: &App, credentials: Credentials, from: OpenedFrom) -> Result<Opened> {
    let Credentials {
        instance,
        credential,
        scopes,
    } = credentials;
    let gitlab = app.ways.of_stranger(&instance, &credential)?;
    let may_write = async {
        match &scopes {
            Some(scopes) => Ok(permissions::scopes_may_write(scopes)),
            None => Ok(permissions::may_write(&gitlab.token_self().await?)),
        }
    };
    let standings = app.ways.standings();
    let standing = standings.ask(&gitlab, may_write).await?;
    let (profile, may_write) = (standing.profile.clone(), standing.may_write);
    standings.note(gitlab.credential(), standing).await;
    app.sessions
        .open(Opening {
            profile,
            instance,
            credential,
            may_write,
            from,
        })
        .await
}
