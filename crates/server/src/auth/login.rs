use domain::InstanceUrl;

use super::permissions::Reach;
use super::store::{Opened, Opening};
use super::{Credential, OpenedFrom};
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
    let reach = async {
        match &scopes {
            Some(scopes) => Ok(Reach::of_scopes(scopes)),
            None => Ok(Reach::from(&gitlab.token_self().await?)),
        }
    };
    let standings = app.ways.standings();
    let standing = standings.ask(&gitlab, reach).await?;
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
