//! Numbers for dashboards.

mod hierarchy;
mod overview;

use utoipa_axum::routes;

use crate::auth::Session;
use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(overview::overview))
        .with(routes!(hierarchy::hierarchy))
}

/// The projects that count for somebody: all for an administrator, else those they are a member of. (Groups GitLab
/// limits like this by itself; all public projects of an instance are nobody's estate.)
pub(super) fn own_projects(session: &Session) -> Vec<(&'static str, String)> {
    if session.actor.administrator {
        Vec::new()
    } else {
        vec![("membership", "true".to_owned())]
    }
}
