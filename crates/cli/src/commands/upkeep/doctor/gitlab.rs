//! The instance, its clock, and the token of the command line.

use std::sync::Arc;
use std::time::Duration;

use config::Config;
use domain::Clock;
use gitlab_client::{Gitlab, GitlabClient, GitlabError, SeededJitter, Token, TokenFacts};

use super::finding::Finding;
use crate::failure::{Exit, Failure, chain};

const GITLAB: &str = "gitlab";
const TOKEN: &str = "token";
const CLOCK: &str = "clock";

/// A token that ends within this time is worth a word.
const ENDS_SOON: Duration = Duration::from_hours(14 * 24);
/// Clocks that are further apart make expiry dates and logs misleading.
const APART_MILLIS: i64 = 60_000;
/// What a reachable instance refuses.
const NOBODY: &str = "nobody";

pub(super) async fn check(config: &Config, clock: &Arc<dyn Clock>) -> Vec<Finding> {
    let token = config
        .gitlab
        .token
        .clone()
        .or_else(|| Token::personal(NOBODY).ok());
    let session = GitlabClient::new(
        config.gitlab.client.clone(),
        Arc::clone(clock),
        Arc::new(SeededJitter::new(0)),
    )
    .map_err(|error| Failure::internal(chain(&error)))
    .and_then(|client| {
        let token = token.ok_or_else(|| Failure::internal("no token can be made"))?;
        Ok(client.session(&config.gitlab.url, None, token)?)
    });
    let gitlab = match session {
        Ok(gitlab) => gitlab,
        Err(failure) => return vec![refused(GITLAB, &failure)],
    };
    let mut findings = instance(&gitlab, config.gitlab.token.is_some()).await;
    findings.extend(clocks(&gitlab));
    let reached = findings.iter().all(|finding| finding.verdict.word() == "ok");
    if config.gitlab.token.is_none() {
        findings.push(
            Finding::doubtful(
                TOKEN,
                "GITLAB_TOKEN is not set: commands that work on GitLab need it, `serve` does not",
            )
            .advise(format!(
                "make an access token with scope `api` on {} and put it into GITLAB_TOKEN",
                config.gitlab.url
            )),
        );
    } else if reached {
        findings.extend(token_of(&gitlab, clock.as_ref()).await);
    }
    findings
}

async fn instance(gitlab: &Gitlab, with_token: bool) -> Vec<Finding> {
    let url = gitlab.instance();
    match gitlab.version().await {
        Ok(version) => vec![Finding::works(
            GITLAB,
            format!("{url} is GitLab {}", version.version),
        )],
        Err(GitlabError::Unauthorized(_)) if !with_token => {
            vec![Finding::works(GITLAB, format!("{url} can be reached"))]
        }
        Err(GitlabError::Unauthorized(_)) => vec![
            Finding::works(GITLAB, format!("{url} can be reached")),
            Finding::failed(
                TOKEN,
                Exit::NotPermitted,
                "GITLAB_TOKEN is unknown to GitLab, expired or revoked",
            )
            .advise("make a new one with scope `api` under Preferences, Access tokens"),
        ],
        Err(GitlabError::Forbidden(_)) => vec![Finding::works(GITLAB, format!("{url} can be reached"))],
        Err(error) => vec![refused(GITLAB, &error.into())],
    }
}

fn refused(name: &'static str, failure: &Failure) -> Finding {
    let finding = Finding::failed(name, failure.exit(), failure.to_string());
    match failure {
        Failure::Other {
            advice: Some(advice), ..
        } => finding.advise(advice),
        _ => finding.advise("check GITLAB_URL, GITLAB_ALLOWED_HOSTS and GITLAB_CA_FILE"),
    }
}

fn clocks(gitlab: &Gitlab) -> Option<Finding> {
    let offset = gitlab.instance_clock_offset()?;
    let apart = if offset.least_millis > 0 {
        offset.least_millis
    } else {
        (-offset.most_millis).max(0)
    };
    Some(if apart > APART_MILLIS {
        Finding::doubtful(
            CLOCK,
            format!("this machine's clock and GitLab's are {} s apart", apart / 1_000),
        )
        .advise("set both by NTP; until then moments in lists of the one mislead in the other")
    } else {
        Finding::works(CLOCK, "this machine's clock agrees with GitLab's")
    })
}

async fn token_of(gitlab: &Gitlab, clock: &dyn Clock) -> Vec<Finding> {
    let user = match gitlab.current_user().await {
        Ok(user) => user,
        Err(error) => return vec![refused(TOKEN, &error.into())],
    };
    let whose = format!(
        "GITLAB_TOKEN belongs to {}{}",
        user.username,
        if user.is_admin { ", an administrator" } else { "" }
    );
    let facts = match gitlab.token_self().await {
        Ok(TokenFacts::Known(facts)) => facts,
        Ok(TokenFacts::Untold) => {
            return vec![Finding::works(
                TOKEN,
                format!("{whose}; GitLab does not tell its scopes"),
            )];
        }
        Err(error) => return vec![refused(TOKEN, &error.into())],
    };
    let has = |wanted: &str| facts.scopes.iter().any(|scope| scope == wanted);
    let scopes = facts.scopes.join(", ");
    let mut findings = vec![if has("api") || has("granular") {
        Finding::works(TOKEN, format!("{whose}, with scope {scopes}"))
    } else if has("read_api") {
        Finding::doubtful(
            TOKEN,
            format!("{whose}, with scope {scopes}: it can plan, but change nothing"),
        )
        .advise("make one with scope `api` to change things")
    } else {
        Finding::failed(
            TOKEN,
            Exit::NotPermitted,
            format!("{whose}, with scope {scopes}: it cannot use the API"),
        )
        .advise("make one with scope `api`")
    }];
    if let Some(end) = facts
        .expires_at
        .filter(|end| *end < clock.now().plus(ENDS_SOON).to_string())
    {
        findings.push(
            Finding::doubtful(TOKEN, format!("GITLAB_TOKEN stops working on {end}"))
                .advise("make a new one before; a job that is not done by then waits for it"),
        );
    }
    findings
}
