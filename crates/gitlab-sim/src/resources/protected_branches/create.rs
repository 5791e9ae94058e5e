use super::lines::{self, LEVELS, UNPROTECT_LEVELS};
use super::present::ProtectedBranchBody;
use super::source;
use crate::http::reply::Effect;
use crate::http::{Answer, Call, Reply, refuse};
use crate::options::Tier;
use crate::params::Ask;
use crate::state::{Action, ProtectedBranch};

/// `POST /{projects,groups}/:id/protected_branches`. The branch need not be there.
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let name = ask.required_text("name");
    let push_level = level(&mut ask, "push_access_level", LEVELS);
    let merge_level = level(&mut ask, "merge_access_level", LEVELS);
    let unprotect_level = level(&mut ask, "unprotect_access_level", UNPROTECT_LEVELS);
    let allow_force_push = ask.flag("allow_force_push").unwrap_or(false);
    let push = lines::read(&mut ask, "allowed_to_push", LEVELS);
    let merge = lines::read(&mut ask, "allowed_to_merge", LEVELS);
    let unprotect = lines::read(&mut ask, "allowed_to_unprotect", UNPROTECT_LEVELS);
    let code_owners = ask.flag("code_owner_approval_required").unwrap_or(false);
    call.admit(ask)?;
    let [push, merge, unprotect] = [push, merge, unprotect].map(|entries| lines::licensed(call, entries));
    let licensed = call.instance.site.tier >= Tier::Premium;

    let body = {
        let mut state = call.change();
        let place = source::of_path(call, &state)?;
        if state
            .belongings
            .protected_branches
            .of(place.source)
            .any(|rule| rule.name == name)
        {
            let text = format!("Protected branch '{name}' already exists");
            return Err(refuse::exists(&text));
        }
        if name.is_empty() {
            let text = "Name can't be blank".to_owned();
            return Err(lines::sentences(vec![text], Effect::None));
        }
        let project = place.project.as_deref();
        // Whoever is named takes the place of the default level, not of a level that was said.
        let usual = |level: Option<u8>, named: bool| level.or((!named).then_some(40));
        let (push_level, merge_level) = (
            usual(push_level, !push.is_empty()),
            usual(merge_level, !merge.is_empty()),
        );
        let push = lines::fresh(&mut state, project, Action::Push, push_level, &push, call)?;
        let merge = lines::fresh(&mut state, project, Action::Merge, merge_level, &merge, call)?;
        let unprotect_level = unprotect_level.filter(|_| licensed);
        let unprotect = lines::fresh(
            &mut state,
            project,
            Action::Unprotect,
            unprotect_level,
            &unprotect,
            call,
        )?;
        let rule = state
            .belongings
            .protected_branches
            .add(place.source, |id| ProtectedBranch {
                id,
                name,
                push,
                merge,
                unprotect,
                allow_force_push,
                code_owner_approval_required: code_owners && licensed,
                created_at: call.now,
            });
        ProtectedBranchBody::of(call, &state, place.project.is_some(), place.source, &rule)
    };
    Ok(Reply::created(&body).applied())
}

/// One of the levels that can be given.
pub(super) fn level(ask: &mut Ask<'_>, name: &'static str, levels: &[i64]) -> Option<u8> {
    ask.number_of(name, levels)
        .and_then(|level| u8::try_from(level).ok())
}
