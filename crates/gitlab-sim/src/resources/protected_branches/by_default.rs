use crate::access::{default_protection, protections_of};
use crate::ids::ProjectId;
use crate::state::{Action, Allowed, BranchProtection, ProtectedBranch, Source, State};
use crate::time_text::Moment;

/// Protects the default branch of a project as its group wants it, unless it is protected already.
pub(crate) fn protect(state: &mut State, id: ProjectId, now: Moment) {
    let Some(project) = state.tree.project(id).cloned() else {
        return;
    };
    let Some(branch) = project.default_branch.clone() else {
        return;
    };
    let repository = state.belongings.repositories.of(&project);
    let wanted = default_protection(state, &project);
    let known = protections_of(state, &project, &branch);
    if repository.branch(&branch).is_none() || is_none(&wanted) || !known.is_empty() {
        return;
    }
    let belongings = &mut state.belongings;
    let mut lines = |action, levels: &mut dyn Iterator<Item = u8>| {
        levels
            .map(|level| belongings.access_lines.line(action, Allowed::Level(level)))
            .collect()
    };
    let push = lines(Action::Push, &mut wanted.push_levels());
    let merge = lines(Action::Merge, &mut wanted.merge_levels());
    belongings
        .protected_branches
        .add(Source::Project(id), |row| ProtectedBranch {
            id: row,
            name: branch,
            push,
            merge,
            unprotect: Vec::new(),
            allow_force_push: wanted.allow_force_push,
            code_owner_approval_required: wanted.code_owners_approve(),
            created_at: now,
        });
}

/// Developers may do everything anyway.
fn is_none(protection: &BranchProtection) -> bool {
    protection.number() == 0 && protection.allow_force_push
}
