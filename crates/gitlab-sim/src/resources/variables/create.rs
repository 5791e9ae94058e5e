use super::present::VariableBody;
use super::{owner, validate};
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::{Secret, Variable, VariableKind};

/// `POST …/variables`
///
/// Only a creation can hide a value; hidden means masked, too.
pub(super) fn create(call: &Call<'_>) -> Answer {
    owner::of_path(call, &call.state())?;
    let mut ask = call.ask();
    let key = ask.required_text("key").trim().to_owned();
    let value = ask.required_text("value");
    let protected = ask.flag("protected").unwrap_or(false);
    let masked = ask.flag("masked").unwrap_or(false);
    let hidden = ask.flag("masked_and_hidden").unwrap_or(false);
    let raw = ask.flag("raw").unwrap_or(false);
    let kind = validate::kind(&mut ask).unwrap_or(VariableKind::EnvVar);
    let scope = ask.filled("environment_scope");
    let description = ask.text("description").flatten();
    call.admit(ask)?;

    let body = {
        let mut state = call.change();
        let owner = owner::of_path(call, &state)?;
        let scope = scope
            .filter(|_| owner::has_scopes(call, owner))
            .unwrap_or_else(|| "*".to_owned());
        let draft = Variable {
            id: 0,
            key,
            value: Secret(value),
            kind,
            protected,
            masked: masked || hidden,
            hidden,
            raw,
            scope,
            description,
        };
        let mut complaints = validate::variable(&state, owner, &draft);
        validate::limit(&state, owner, &mut complaints);
        if !complaints.is_empty() {
            return Err(refuse::complaints(&complaints));
        }
        let variable = state
            .belongings
            .variables
            .add(owner, |id| Variable { id, ..draft });
        VariableBody::of(owner, &variable)
    };
    Ok(Reply::created(&body).applied())
}
