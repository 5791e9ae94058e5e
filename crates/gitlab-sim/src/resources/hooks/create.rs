use super::present::HookView;
use super::{owner, wanted};
use crate::http::{Answer, Call, Reply};
use crate::state::{BranchStrategy, Hook, HookOwner, Secret, Trigger, Triggers};

/// `POST …/hooks`. A second one with the same address is a second hook.
pub(super) fn create(call: &Call<'_>) -> Answer {
    let owner = owner::of_path(call, &call.state())?;
    let mut ask = call.ask();
    ask.require("url");
    let wanted = wanted::read(&mut ask, owner);
    call.admit(ask)?;

    let view = {
        let mut state = call.change();
        let owner = owner::of_path(call, &state)?;
        let is_system = owner == HookOwner::System;
        let triggers = Triggers::default().with(if is_system {
            Trigger::RepositoryUpdate
        } else {
            Trigger::Push
        });
        let mut draft = Hook {
            id: 0,
            url: Secret(String::new()),
            name: String::new(),
            description: String::new(),
            created_at: call.now,
            triggers,
            verify_ssl: true,
            token: None,
            branch_filter: (!is_system).then(String::new),
            branch_strategy: BranchStrategy::Wildcard,
            template: None,
            url_variables: Vec::new(),
            custom_headers: Vec::new(),
            failures: 0,
            disabled_until: None,
        };
        wanted.apply(&mut draft);
        wanted::check(&state, owner, &draft)?;
        wanted::check_limit(&state, owner)?;
        let hook = state.belongings.hooks.add(owner, |id| Hook { id, ..draft });
        HookView::of(owner, &hook, call.now)
    };
    Ok(Reply::created(&view).applied())
}
