use super::present::TokenBody;
use crate::http::{Answer, Call, Reply, refuse};
use crate::ids::TokenId;
use crate::resources::find;
use crate::state::{Secret, Token};

/// What a token may be allowed (GitLab API facts §1.2).
const SCOPES: [&str; 14] = [
    "api",
    "read_api",
    "read_user",
    "read_repository",
    "write_repository",
    "read_registry",
    "write_registry",
    "sudo",
    "admin_mode",
    "create_runner",
    "manage_runner",
    "self_rotate",
    "k8s_proxy",
    "ai_features",
];

/// `POST /users/:id/personal_access_tokens`, by an administrator.
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let name = ask.required_text("name");
    ask.require("scopes");
    let scopes = ask.list("scopes").unwrap_or_default();
    if scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) {
        ask.complain("scopes does not have a valid value");
    }
    let description = ask.filled("description");
    let expires_on = ask.day("expires_at").flatten();
    call.admit(ask)?;
    if expires_on.is_some_and(|day| day <= call.now.day()) {
        return Err(refuse::message(
            hyper::StatusCode::UNPROCESSABLE_ENTITY,
            "Expiration date must be in the future",
        ));
    }
    let token = {
        let mut state = call.change();
        let user = find::user(&state, call.arg(0))?;
        // Like the seeded ones, a token can be told from whose it is; the count keeps them apart.
        let secret = Secret(format!("glpat-sim-{}-{}", user.username, state.tokens.len() + 1));
        state.add_token(Token {
            id: TokenId(0),
            secret,
            name,
            description,
            user: user.id,
            scopes,
            created_at: call.now,
            expires_on: expires_on.or_else(|| Some(call.now.day().plus(365))),
            revoked: false,
        })
    };
    Ok(Reply::created(&TokenBody::with_secret(&token, call.now.day())).applied())
}
