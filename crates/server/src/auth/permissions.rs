use domain::{AccessLevel, Timestamp};
use engine::operation::Registry;
use gitlab_api::resources::CurrentUser;
use gitlab_client::{Gitlab, GitlabError, Lane, TokenFacts};
use serde::de::IgnoredAny;

/// Levels that are asked about, highest first.
const LEVELS: [AccessLevel; 5] = [
    AccessLevel::Owner,
    AccessLevel::Maintainer,
    AccessLevel::Developer,
    AccessLevel::Reporter,
    AccessLevel::Guest,
];

/// What a token is good for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// Whether it may change anything through GitLab's API (GitLab API facts §1.3).
    pub(super) may_write: bool,
    /// When it ends by itself, where GitLab says so.
    pub(super) ends: Option<Timestamp>,
}

impl Reach {
    /// That of what GitLab has granted to us by name, and renews.
    pub(super) fn granted(may_write: bool) -> Self {
        Self {
            may_write,
            ends: None,
        }
    }

    /// That of a token with these scopes, which says nothing of its end.
    pub(super) fn of_scopes(scopes: &[String]) -> Self {
        // The scopes of a fine-grained token say nothing; GitLab decides request by request.
        Self::granted(scopes.iter().any(|scope| scope == "api" || scope == "granular"))
    }
}

impl From<&TokenFacts> for Reach {
    fn from(facts: &TokenFacts) -> Self {
        match facts {
            TokenFacts::Known(token) => Self {
                ends: token.expires_at.as_deref().and_then(start_of_day),
                ..Self::of_scopes(&token.scopes)
            },
            TokenFacts::Untold => Self::granted(true),
        }
    }
}

/// GitLab names the day at whose start, UTC, a token stops working (GitLab API facts §1.3).
fn start_of_day(day: &str) -> Option<Timestamp> {
    Timestamp::parse(&format!("{day}T00:00:00Z")).ok()
}

/// The operations that the token's scopes and the user's `can_create_*` allow.
pub(super) fn allowed(registry: &Registry, user: &CurrentUser, may_write: bool) -> Vec<String> {
    registry
        .iter()
        .map(|operation| operation.name())
        .filter(|_| may_write)
        .filter(|name| match *name {
            "create_group" => user.is_admin || user.can_create_group,
            "create_project" => user.is_admin || user.can_create_project,
            _ => true,
        })
        .map(str::to_owned)
        .collect()
}

/// `admin`, else the highest level that the user has in any group, else in any project; `none` without any.
///
/// What a token's scopes do not let anybody see does not count, nor does an answer that failed: the role is
/// for people to look at and decides nothing.
pub(super) async fn role(gitlab: &Gitlab, user: &CurrentUser) -> String {
    if user.is_admin {
        return "admin".to_owned();
    }
    for level in LEVELS {
        let query = [("per_page", 1), ("min_access_level", level as u8)];
        let (groups, projects) = futures::future::join(
            is_any(gitlab, "groups", &query),
            is_any(gitlab, "projects", &query),
        )
        .await;
        if groups || projects {
            return level.to_string();
        }
    }
    "none".to_owned()
}

async fn is_any(gitlab: &Gitlab, what: &str, query: &[(&str, u8)]) -> bool {
    let found: Result<Vec<IgnoredAny>, GitlabError> = gitlab.get(what, query, Lane::People).await;
    match found {
        Ok(found) => !found.is_empty(),
        Err(error) => {
            tracing::debug!(%error, what, "A role could not be told");
            false
        }
    }
}
