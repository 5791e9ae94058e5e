use serde::Serialize;

use super::effective::{AUTHOR, COMMITTER, OVERRIDES, REAUTHENTICATE, RETAIN, SELECTIVE, set, settings_of};
use super::source;
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::{ApprovalSettings, Source, State};

/// How strictly a project takes approvals, in its oldest form.
#[derive(Debug, Serialize)]
struct ConfigurationBody {
    /// Both lists were replaced by rules.
    approvers: [(); 0],
    approver_groups: [(); 0],
    approvals_before_merge: u64,
    reset_approvals_on_push: bool,
    selective_code_owner_removals: bool,
    disable_overriding_approvers_per_merge_request: bool,
    merge_requests_author_approval: bool,
    merge_requests_disable_committers_approval: bool,
    require_password_to_approve: bool,
    require_reauthentication_to_approve: bool,
}

impl ConfigurationBody {
    fn of(state: &State, source: Source) -> Self {
        let own = settings_of(state, source);
        let reauthenticate = REAUTHENTICATE.held(state, source).value;
        Self {
            approvers: [],
            approver_groups: [],
            approvals_before_merge: own.map_or(0, |own| own.approvals_before_merge),
            reset_approvals_on_push: !RETAIN.held(state, source).value,
            selective_code_owner_removals: SELECTIVE.held(state, source).value,
            disable_overriding_approvers_per_merge_request: !OVERRIDES.held(state, source).value,
            merge_requests_author_approval: AUTHOR.held(state, source).value,
            merge_requests_disable_committers_approval: !COMMITTER.held(state, source).value,
            require_password_to_approve: reauthenticate,
            require_reauthentication_to_approve: reauthenticate,
        }
    }
}

/// `GET /projects/:id/approvals`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let body = {
        let state = call.state();
        let place = source::to_read(call, &state)?;
        ConfigurationBody::of(&state, place.source)
    };
    Ok(Reply::ok(&body))
}

/// `POST /projects/:id/approvals`: changes, and answers 201 all the same.
pub(super) fn change(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let before_merge = ask.id("approvals_before_merge");
    let reset = ask.flag("reset_approvals_on_push");
    let overriding = ask.flag("disable_overriding_approvers_per_merge_request");
    let author = ask.flag("merge_requests_author_approval");
    let committers = ask.flag("merge_requests_disable_committers_approval");
    let password = ask.flag("require_password_to_approve");
    let reauthenticate = ask.flag("require_reauthentication_to_approve").or(password);
    let selective = ask.flag("selective_code_owner_removals");
    ask.at_least_one();
    call.admit(ask)?;

    let (body, changed) = {
        let mut state = call.change();
        let place = source::to_change(call, &state)?;
        let old = settings_of(&state, place.source);
        let old = old.map_or_else(ApprovalSettings::default, |old| ApprovalSettings::clone(&old));
        let new = ApprovalSettings {
            approvals_before_merge: before_merge.unwrap_or(old.approvals_before_merge),
            retain_on_push: reset.map(|reset| !reset).or(old.retain_on_push),
            selective_code_owner_removals: selective.or(old.selective_code_owner_removals),
            allow_overrides: overriding.map(|disabled| !disabled).or(old.allow_overrides),
            allow_author: author.or(old.allow_author),
            allow_committer: committers.map(|disabled| !disabled).or(old.allow_committer),
            require_reauthentication: reauthenticate.or(old.require_reauthentication),
        };
        let resets = !new.retain_on_push.unwrap_or(RETAIN.project_default);
        if new.selective_code_owner_removals == Some(true) && resets {
            let text =
                "selective_code_owner_removals can only be enabled when reset_approvals_on_push is disabled";
            return Err(refuse::field("base", text));
        }
        let changed = new != old;
        set(&mut state, place.source, new);
        (ConfigurationBody::of(&state, place.source), changed)
    };
    Ok(Reply::created(&body).applied_if(changed))
}
