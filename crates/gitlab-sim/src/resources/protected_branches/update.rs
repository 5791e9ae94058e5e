use std::sync::Arc;

use super::create::level;
use super::lines::{self, LEVELS, UNPROTECT_LEVELS};
use super::present::ProtectedBranchBody;
use super::source;
use crate::http::{Answer, Call, Reply};
use crate::options::Tier;
use crate::state::{Action, Allowed, ProtectedBranch};

/// `PATCH /{projects,groups}/:id/protected_branches/:name`: lines are added, changed and removed one by one, never
/// replaced as a whole (GitLab API facts §11.5).
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let allow_force_push = ask.flag("allow_force_push");
    let unprotect_level = level(&mut ask, "unprotect_access_level", UNPROTECT_LEVELS);
    let push = lines::read(&mut ask, "allowed_to_push", LEVELS);
    let merge = lines::read(&mut ask, "allowed_to_merge", LEVELS);
    let unprotect = lines::read(&mut ask, "allowed_to_unprotect", UNPROTECT_LEVELS);
    let code_owners = ask.flag("code_owner_approval_required");
    call.admit(ask)?;
    let [push, merge, unprotect] = [push, merge, unprotect].map(|entries| lines::licensed(call, entries));
    let licensed = call.instance.site.tier >= Tier::Premium;

    let (body, changed) = {
        let mut state = call.change();
        let place = source::of_path(call, &state)?;
        let old = place.own(call, &state, call.arg(1))?;
        let project = place.project.as_deref();
        let mut rule = ProtectedBranch::clone(&old);
        rule.push = lines::changed(&mut state, project, Action::Push, &old.push, &push, call)?;
        rule.merge = lines::changed(&mut state, project, Action::Merge, &old.merge, &merge, call)?;
        rule.unprotect = lines::changed(
            &mut state,
            project,
            Action::Unprotect,
            &old.unprotect,
            &unprotect,
            call,
        )?;
        if let Some(level) = unprotect_level.filter(|_| licensed) {
            let allowed = Allowed::Level(level);
            if let Some(line) = rule.unprotect.first_mut() {
                line.allowed = allowed;
            } else {
                let line = state.belongings.access_lines.line(Action::Unprotect, allowed);
                rule.unprotect.push(line);
            }
        }
        rule.allow_force_push = allow_force_push.unwrap_or(rule.allow_force_push);
        if let Some(required) = code_owners.filter(|_| licensed) {
            rule.code_owner_approval_required = required;
        }
        let changed = rule != *old;
        let rule = Arc::new(rule);
        state
            .belongings
            .protected_branches
            .put(place.source, rule.id, Arc::clone(&rule));
        let of_project = place.project.is_some();
        (
            ProtectedBranchBody::of(call, &state, of_project, place.source, &rule),
            changed,
        )
    };
    Ok(Reply::ok(&body).applied_if(changed))
}
