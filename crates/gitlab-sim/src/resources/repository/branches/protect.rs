//! How branches were protected before protected branches were resources of their own. Both still work.

use std::sync::Arc;

use super::super::access;
use super::present::BranchBody;
use super::show;
use crate::access::protections_of;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::{Action, Allowed, ProtectedBranch, Source};

/// `PUT /projects/:id/repository/branches/:branch/protect`
pub(super) fn protect(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let push = ask.flag("developers_can_push");
    let merge = ask.flag("developers_can_merge");
    call.admit(ask)?;
    change(call, |state, project, name, now| {
        let source = Source::Project(project);
        let known = state
            .belongings
            .protected_branches
            .of(source)
            .find(|rule| rule.name == name)
            .cloned();
        let level = |asked: Option<bool>, lines: Option<&Vec<crate::state::AccessLine>>| match asked {
            Some(true) => 30,
            Some(false) => 40,
            None => lines
                .and_then(|lines| lines.first())
                .map_or(40, |line| match line.allowed {
                    Allowed::Level(level) => level,
                    _ => 40,
                }),
        };
        let push = level(push, known.as_ref().map(|rule| &rule.push));
        let merge = level(merge, known.as_ref().map(|rule| &rule.merge));
        let belongings = &mut state.belongings;
        let push = vec![belongings.access_lines.line(Action::Push, Allowed::Level(push))];
        let merge = vec![belongings.access_lines.line(Action::Merge, Allowed::Level(merge))];
        match known {
            Some(rule) => {
                let changed = ProtectedBranch {
                    push,
                    merge,
                    ..ProtectedBranch::clone(&rule)
                };
                belongings
                    .protected_branches
                    .put(source, rule.id, Arc::new(changed));
            }
            None => {
                belongings.protected_branches.add(source, |id| ProtectedBranch {
                    id,
                    name: name.to_owned(),
                    push,
                    merge,
                    unprotect: Vec::new(),
                    allow_force_push: false,
                    code_owner_approval_required: false,
                    created_at: now,
                });
            }
        }
    })
}

/// `PUT /projects/:id/repository/branches/:branch/unprotect`
pub(super) fn unprotect(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    change(call, |state, project, name, _| {
        let source = Source::Project(project);
        let rule = state
            .belongings
            .protected_branches
            .of(source)
            .find(|rule| rule.name == name)
            .map(|rule| rule.id);
        if let Some(id) = rule {
            state.belongings.protected_branches.remove(source, id);
        }
    })
}

fn change(
    call: &Call<'_>,
    act: impl FnOnce(&mut crate::state::State, crate::ids::ProjectId, &str, crate::time_text::Moment),
) -> Answer {
    let name = call.arg(1);
    let body = {
        let mut state = call.change();
        let project = find::project(call, &state, call.arg(0))?;
        if !call.viewer.can_admin_project(&state, &project) {
            return Err(refuse::forbidden());
        }
        let (_, repository) = access::readable(call, &state, call.arg(0))?;
        show::valid(name)?;
        let commit = repository
            .branch(name)
            .cloned()
            .ok_or_else(|| refuse::not_found("Branch"))?;
        if let Some((_, rule)) = protections_of(&state, &project, name)
            .into_iter()
            .find(|(_, rule)| rule.name == name)
            && !call.viewer.can_unprotect(&state, &project, &rule)
        {
            return Err(refuse::forbidden());
        }
        act(&mut state, project.id, name, call.now);
        BranchBody::of(call, &state, &project, &repository, name, &commit)
    };
    Ok(Reply::ok(&body).applied())
}
