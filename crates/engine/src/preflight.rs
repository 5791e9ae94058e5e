//! What can be told before anything is sent: whose token it is, what kind of instance, and what that means for an
//! item.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{AccessLevel, Clock};
use gitlab_api::Tier;
use gitlab_client::{Fingerprint, Gitlab, GitlabError, Lane, NO_QUERY, TokenFacts};
use serde::Deserialize;

use crate::making::Making;
use crate::operation::{AnyOperation, Me, PlanContext, Planned};

/// How long what was asked of a token is taken as true. People who are given more rights wait no longer than this.
const GOOD_FOR: Duration = Duration::from_mins(5);

/// What is known of the tokens that plan, each asked once in a while.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// By credential, with the moment on the monotonic clock.
    tokens: Mutex<HashMap<Fingerprint, (Duration, Me)>>,
}

impl Asked {
    /// Whose token it is, what it may do, and what kind of instance this is.
    ///
    /// # Errors
    /// GitLab could not be asked.
    pub(crate) async fn me(&self, gitlab: &Gitlab, clock: &dyn Clock) -> Result<Me, GitlabError> {
        let now = clock.monotonic();
        let known = self.tokens().get(&gitlab.credential()).cloned();
        if let Some((at, me)) = known
            && now.saturating_sub(at) < GOOD_FOR
        {
            return Ok(me);
        }
        let me = ask(gitlab).await?;
        let mut tokens = self.tokens();
        tokens.retain(|_, (at, _)| now.saturating_sub(*at) < GOOD_FOR);
        tokens.insert(gitlab.credential(), (now, me.clone()));
        Ok(me)
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, HashMap<Fingerprint, (Duration, Me)>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn ask(gitlab: &Gitlab) -> Result<Me, GitlabError> {
    let user = gitlab.current_user().await?;
    let scopes = match told(gitlab.token_self().await)? {
        Some(TokenFacts::Known(token)) => Some(token.scopes),
        Some(TokenFacts::Untold) | None => None,
    };
    Ok(Me {
        user_id: Some(user.id),
        username: Some(user.username),
        administrator: user.is_admin,
        can_create_group: Some(user.can_create_group),
        scopes,
        tier: tier(gitlab, user.is_admin).await?,
    })
}

/// `None` where GitLab does not tell this token.
fn told<T>(answer: Result<T, GitlabError>) -> Result<Option<T>, GitlabError> {
    match answer {
        Ok(told) => Ok(Some(told)),
        Err(GitlabError::Forbidden(_) | GitlabError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The licence, which only administrators may read; everybody is told whether it is the Community Edition, which
/// can have none (GitLab API facts §2).
async fn tier(gitlab: &Gitlab, administrator: bool) -> Result<Option<Tier>, GitlabError> {
    #[derive(Deserialize)]
    struct Metadata {
        enterprise: Option<bool>,
    }
    #[derive(Deserialize)]
    struct License {
        plan: Option<String>,
        #[serde(default)]
        expired: bool,
    }
    let metadata: Option<Metadata> = told(gitlab.get("metadata", NO_QUERY, Lane::People).await)?;
    if metadata.and_then(|metadata| metadata.enterprise) == Some(false) {
        return Ok(Some(Tier::Free));
    }
    if !administrator {
        return Ok(None);
    }
    let license: Option<Option<License>> = told(gitlab.get("license", NO_QUERY, Lane::People).await)?;
    Ok(license.and_then(|license| match license {
        None => Some(Tier::Free),
        Some(license) if license.expired => Some(Tier::Free),
        Some(license) => match license.plan.as_deref() {
            Some("ultimate") => Some(Tier::Ultimate),
            Some("premium" | "starter") => Some(Tier::Premium),
            _ => None,
        },
    }))
}

/// What stands in the way of an item that would write, whatever its operation: the token's scope, the instance's
/// tier, the user's own level on what it needs first.
pub(crate) fn check(
    operation: &dyn AnyOperation,
    level: AccessLevel,
    makes: Option<Making>,
    plan: Planned,
    context: &PlanContext<'_>,
) -> Planned {
    let me = context.me;
    if let Some(tier) = me.tier.filter(|tier| *tier < operation.tier()) {
        return tier_too_low(operation.title(), operation.tier(), tier);
    }
    // A fine-grained token's scopes say nothing (GitLab API facts §1.1).
    let can_write = |scope: &String| scope == "api" || scope == "granular";
    if let Some(scopes) = me.scopes.as_ref().filter(|scopes| !scopes.iter().any(can_write)) {
        let message = format!(
            "the token has the scope {} and can change nothing; make one with the scope `api`",
            scopes.join(", ")
        );
        if context.options.dry_run {
            return plan.note(message);
        }
        return Planned::conflict("TOKEN_SCOPE", message);
    }
    if let Some(conflict) = makes.and_then(|makes| makes.forbidden(context)) {
        return conflict;
    }
    let Some(object) = context.object().filter(|_| !me.administrator) else {
        return plan;
    };
    let level = makes
        .and_then(|makes| makes.level(object))
        .map_or(level, |asked| asked.max(level));
    let own = context.estate.own_level(object.kind, object.id);
    if own.allows(level) != Some(false) {
        return plan;
    }
    let have = match own.exactly() {
        Some(Some(level)) => format!("your level there is {level}"),
        Some(None) => "you are no member there".to_owned(),
        None => "your level there is lower".to_owned(),
    };
    Planned::conflict(
        "INSUFFICIENT_ACCESS",
        format!(
            "this needs the level {level} on `{}` and {have}; ask an owner for it",
            object.full_path
        ),
    )
}

/// What GitLab cannot do on this tier.
pub(crate) fn tier_too_low(what: &str, needed: Tier, has: Tier) -> Planned {
    Planned::conflict(
        "TIER_TOO_LOW",
        format!("{what}: GitLab does it from {needed} on, and this instance is {has}"),
    )
}
