use super::may_change;
use super::present::DeployTokenBody;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::secret::{self, Kind};
use crate::state::DeployToken;

const SCOPES: [&str; 7] = [
    "read_repository",
    "read_registry",
    "write_registry",
    "read_package_registry",
    "write_package_registry",
    "read_virtual_registry",
    "write_virtual_registry",
];

/// `POST /{groups,projects}/:id/deploy_tokens`. Names may repeat.
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let name = ask.required_text("name");
    ask.require("scopes");
    let scopes = ask.list("scopes").unwrap_or_default();
    if scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) {
        ask.complain("scopes does not have a valid value");
    }
    let expires_at = ask.moment("expires_at");
    let username = ask.filled("username");
    call.admit(ask)?;
    let row = {
        let mut state = call.change();
        let source = find::source(call, &state)?;
        may_change(call, &state, source)?;
        if scopes.is_empty() {
            return Err(refuse::field("scopes", "can't be blank"));
        }
        if username.as_deref().is_some_and(|name| !is_plain(name)) {
            let text = "can contain only letters, digits, '_', '-', '+', and '.'";
            return Err(refuse::field("username", text));
        }
        state.belongings.deploy_tokens.add(source, |id| DeployToken {
            id,
            name,
            username: username.unwrap_or_else(|| format!("gitlab+deploy-token-{id}")),
            secret: secret::make(call.instance, Kind::Deploy, id),
            scopes,
            expires_at,
            created_at: call.now,
        })
    };
    Ok(Reply::created(&DeployTokenBody::with_secret(&row, call.now)).applied())
}

fn is_plain(name: &str) -> bool {
    name.chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "_-+.".contains(letter))
}
