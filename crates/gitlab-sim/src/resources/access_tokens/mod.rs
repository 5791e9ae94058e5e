//! Tokens of groups and projects: each has a bot of its own, which is a member there (GitLab API facts §7.19).

mod bot;
mod create;
mod list;
mod revoke;
mod rotate;

use std::sync::Arc;

use crate::access::AccessLevel;
use crate::http::router::{Endpoint, delete, get, post};
use crate::http::{Call, Refusal, refuse};
use crate::ids::TokenId;
use crate::state::{Source, State, Token, UserKind};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/groups/:id/access_tokens", list::list),
    post("/groups/:id/access_tokens", create::create),
    post("/groups/:id/access_tokens/self/rotate", rotate::own).also(&["self_rotate"]),
    get("/groups/:id/access_tokens/:token_id", list::show),
    delete("/groups/:id/access_tokens/:token_id", revoke::revoke),
    post("/groups/:id/access_tokens/:token_id/rotate", rotate::one),
    get("/projects/:id/access_tokens", list::list),
    post("/projects/:id/access_tokens", create::create),
    post("/projects/:id/access_tokens/self/rotate", rotate::own).also(&["self_rotate"]),
    get("/projects/:id/access_tokens/:token_id", list::show),
    delete("/projects/:id/access_tokens/:token_id", revoke::revoke),
    post("/projects/:id/access_tokens/:token_id/rotate", rotate::one),
];

/// What GitLab calls the thing in sentences.
fn word(source: Source) -> &'static str {
    match source {
        Source::Group(_) => "group",
        Source::Project(_) => "project",
    }
}

/// The viewer manages tokens there. A bot manages none, whatever its level.
fn manages(call: &Call<'_>, state: &State, source: Source) -> bool {
    let bot = call
        .viewer
        .user()
        .is_some_and(|user| matches!(user.kind, UserKind::TokenBot(_)));
    !bot && call.viewer.can_admin_members(state, source)
}

/// The token of the path, if its bot is at home there.
fn find(call: &Call<'_>, state: &State, source: Source) -> Option<Arc<Token>> {
    let id = call.arg(1).parse().map(TokenId).ok()?;
    let token = state.tokens.get(id)?;
    let user = state.users.get(token.user)?;
    user.is_bot_of(source).then(|| Arc::clone(token))
}

fn not_found(source: Source) -> Refusal {
    refuse::not_found(&format!("{} Access Token", word(source)))
}

/// The level of the token's bot.
fn level(state: &State, source: Source, token: &Token) -> Option<AccessLevel> {
    Some(state.members.get(source, token.user)?.level)
}
