use http::HeaderMap;

use super::RequestContext;
use crate::address::counted_as;
use crate::app::App;
use crate::auth::presents_credential;
use crate::windows::Standing;

/// Limits what one address may ask before anybody has signed in, and how often it may try to.
///
/// A request that presents a credential is counted by its user instead, or, if the credential turns out to
/// be none, here after all: many people behind one address do not share a limit.
pub(super) async fn count(
    app: &App,
    context: &RequestContext,
    path: &str,
    headers: &HeaderMap,
) -> Option<Standing> {
    let key = counted_as(context.address());
    if matches!(path, "/api/auth/login" | "/api/auth/oauth/callback") {
        Some(app.limits.logins.take(key).await)
    } else if path.starts_with("/api/webhooks/") {
        // One GitLab speaks for all who use it; whoever guesses at the secret is counted there.
        None
    } else if path.starts_with("/api/") && !presents_credential(headers) {
        Some(app.limits.addresses.take(key).await)
    } else {
        None
    }
}
