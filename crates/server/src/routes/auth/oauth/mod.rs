pub(super) mod callback;
pub(super) mod start;

use crate::app::App;
use crate::error::{ApiError, Result};
use crate::settings::OAuthClient;

/// How this installation is known to GitLab, if at all.
fn client(app: &App) -> Result<&OAuthClient> {
    app.settings.oauth.as_ref().ok_or_else(|| {
        ApiError::not_found("\"Sign in with GitLab\" is not turned on here; sign in with a token")
    })
}
