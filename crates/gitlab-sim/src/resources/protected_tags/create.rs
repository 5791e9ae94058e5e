use super::present::ProtectedTagBody;
use crate::http::reply::Effect;
use crate::http::{Answer, Call, Reply};
use crate::resources::protected_branches::lines::{self, LEVELS};
use crate::state::{Action, ProtectedTag};

/// `POST /projects/:id/protected_tags`
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let name = ask.required_text("name");
    let level = ask
        .number_of("create_access_level", LEVELS)
        .and_then(|level| u8::try_from(level).ok());
    let entries = lines::read(&mut ask, "allowed_to_create", LEVELS);
    call.admit(ask)?;
    let entries = lines::licensed(call, entries);

    let body = {
        let mut state = call.change();
        let project = super::project(call, &state)?;
        let rules = &state.belongings.protected_tags;
        if rules.of(project.id).any(|rule| rule.name == name) {
            let text = "Name has already been taken".to_owned();
            return Err(lines::sentences(vec![text], Effect::Duplicate));
        }
        if name.is_empty() {
            let text = "Name can't be blank".to_owned();
            return Err(lines::sentences(vec![text], Effect::None));
        }
        let level = level.or(entries.is_empty().then_some(40));
        let create = lines::fresh(&mut state, Some(&project), Action::Create, level, &entries, call)?;
        let rules = &mut state.belongings.protected_tags;
        let rule = rules.add(project.id, |id| ProtectedTag { id, name, create });
        ProtectedTagBody::of(call, &state, &rule)
    };
    Ok(Reply::created(&body).applied())
}
