use std::sync::Arc;

use super::present::VariableBody;
use super::{owner, validate};
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::{Secret, Variable};

/// `PUT …/variables/:key`. The key stays; `filter` says which of several scopes is meant.
pub(super) fn update(call: &Call<'_>) -> Answer {
    owner::of_path(call, &call.state())?;
    let mut ask = call.ask();
    let wanted = owner::wanted_scope(&mut ask);
    let value = ask.text("value");
    let protected = ask.flag("protected");
    let masked = ask.flag("masked");
    let raw = ask.flag("raw");
    let kind = validate::kind(&mut ask);
    let scope = ask.filled("environment_scope");
    let description = ask.text("description");
    call.admit(ask)?;

    let (body, changed) = {
        let mut state = call.change();
        let owner = owner::of_path(call, &state)?;
        let old = owner::find(call, &state, owner, wanted.as_deref())?;
        let mut new = Variable::clone(&old);
        if let Some(value) = value {
            new.value = Secret(value.unwrap_or_default());
        }
        new.protected = protected.unwrap_or(old.protected);
        new.masked = masked.unwrap_or(old.masked);
        new.raw = raw.unwrap_or(old.raw);
        new.kind = kind.unwrap_or(old.kind);
        if let Some(scope) = scope.filter(|_| owner::has_scopes(call, owner)) {
            new.scope = scope;
        }
        if let Some(description) = description {
            new.description = description;
        }
        let mut complaints = validate::variable(&state, owner, &new);
        validate::stays_hidden(&old, &new, &mut complaints);
        if !complaints.is_empty() {
            return Err(refuse::complaints(&complaints));
        }
        let changed = new != *old;
        let new = Arc::new(new);
        state.belongings.variables.put(owner, new.id, Arc::clone(&new));
        (VariableBody::of(owner, &new), changed)
    };
    Ok(Reply::ok(&body).applied_if(changed))
}
