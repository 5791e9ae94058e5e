use serde::Serialize;

use super::effective::{
    AUTHOR, COMMITTER, Held, OVERRIDES, REAUTHENTICATE, RETAIN, SELECTIVE, set, settings_of,
};
use super::source;
use crate::http::{Answer, Call, Reply};
use crate::state::{ApprovalSettings, Source, State};

/// The same settings in their newer form, which also says what cannot be changed, and why.
#[derive(Debug, Serialize)]
struct SettingBody {
    allow_author_approval: Held,
    allow_committer_approval: Held,
    allow_overrides_to_approver_list_per_merge_request: Held,
    retain_approvals_on_push: Held,
    selective_code_owner_removals: Held,
    require_password_to_approve: Held,
    require_reauthentication_to_approve: Held,
}

impl SettingBody {
    fn of(state: &State, source: Source) -> Self {
        Self {
            allow_author_approval: AUTHOR.held(state, source),
            allow_committer_approval: COMMITTER.held(state, source),
            allow_overrides_to_approver_list_per_merge_request: OVERRIDES.held(state, source),
            retain_approvals_on_push: RETAIN.held(state, source),
            selective_code_owner_removals: SELECTIVE.held(state, source),
            require_password_to_approve: REAUTHENTICATE.held(state, source),
            require_reauthentication_to_approve: REAUTHENTICATE.held(state, source),
        }
    }
}

/// `GET /{projects,groups}/:id/merge_request_approval_setting`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let body = {
        let state = call.state();
        let place = source::to_change(call, &state)?;
        SettingBody::of(&state, place.source)
    };
    Ok(Reply::ok(&body))
}

/// `PUT /{projects,groups}/:id/merge_request_approval_setting`
pub(super) fn change(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let allow_author = ask.flag("allow_author_approval");
    let allow_committer = ask.flag("allow_committer_approval");
    let allow_overrides = ask.flag("allow_overrides_to_approver_list_per_merge_request");
    let retain_on_push = ask.flag("retain_approvals_on_push");
    let selective = ask.flag("selective_code_owner_removals");
    let password = ask.flag("require_password_to_approve");
    let reauthenticate = ask.flag("require_reauthentication_to_approve").or(password);
    ask.at_least_one();
    call.admit(ask)?;

    let (body, changed) = {
        let mut state = call.change();
        let place = source::to_change(call, &state)?;
        let old = settings_of(&state, place.source);
        let old = old.map_or_else(ApprovalSettings::default, |old| ApprovalSettings::clone(&old));
        let new = ApprovalSettings {
            approvals_before_merge: old.approvals_before_merge,
            retain_on_push: retain_on_push.or(old.retain_on_push),
            selective_code_owner_removals: selective.or(old.selective_code_owner_removals),
            allow_overrides: allow_overrides.or(old.allow_overrides),
            allow_author: allow_author.or(old.allow_author),
            allow_committer: allow_committer.or(old.allow_committer),
            require_reauthentication: reauthenticate.or(old.require_reauthentication),
        };
        let changed = new != old;
        set(&mut state, place.source, new);
        (SettingBody::of(&state, place.source), changed)
    };
    Ok(Reply::ok(&body).applied_if(changed))
}
