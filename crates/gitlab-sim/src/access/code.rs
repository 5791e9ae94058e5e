//! Who may see code, push it, and touch branches and tags that are protected (GitLab API facts §6.6, §7.8).

use std::sync::Arc;

use super::{AccessLevel, Viewer};
use crate::ids::NamespaceId;
use crate::state::{
    AccessLine, Action, Allowed, BranchProtection, Namespace, Project, ProtectedBranch, Source, State, fits,
};

impl Viewer {
    /// Push at all: branches may ask for more.
    pub(crate) fn can_push_code(&self, state: &State, project: &Project) -> bool {
        self.project_at_least(state, project, AccessLevel::Developer) && !is_closed(state, project)
    }

    /// Push to this branch, there or not.
    pub(crate) fn can_push_to(&self, state: &State, project: &Project, branch: &str) -> bool {
        self.can_push_code(state, project) && self.may(Action::Push, state, project, branch)
    }

    /// Create this tag, or take it away.
    pub(crate) fn can_touch_tag(&self, state: &State, project: &Project, tag: &str) -> bool {
        let mut rules = state
            .belongings
            .protected_tags
            .of(project.id)
            .filter(|rule| fits(&rule.name, tag))
            .peekable();
        self.can_push_code(state, project)
            && (rules.peek().is_none()
                || rules.any(|rule| {
                    rule.create
                        .iter()
                        .any(|line| self.is_let_through(state, project, line))
                }))
    }

    /// Take the protection of a branch away, or change it.
    pub(crate) fn can_unprotect(&self, state: &State, project: &Project, rule: &ProtectedBranch) -> bool {
        self.can_admin_project(state, project)
            && (rule.unprotect.is_empty()
                || rule
                    .unprotect
                    .iter()
                    .any(|line| self.is_let_through(state, project, line)))
    }

    /// What the protections of a branch say. Of several the most permissive line wins.
    fn may(&self, action: Action, state: &State, project: &Project, branch: &str) -> bool {
        let rules = protections_of(state, project, branch);
        if rules.is_empty() {
            let repository = state.belongings.repositories.of(project);
            return !repository.is_empty() || self.may_begin(state, project);
        }
        rules.iter().any(|(_, rule)| {
            let lines = match action {
                Action::Merge => &rule.merge,
                _ => &rule.push,
            };
            lines.iter().any(|line| self.is_let_through(state, project, line))
        })
    }

    /// Push the first commit: the default branch will be protected, which counts already.
    fn may_begin(&self, state: &State, project: &Project) -> bool {
        let coming = default_protection(state, project);
        coming.push_levels().any(|level| level == 30)
            || coming.developer_can_initial_push
            || self.maintains(state, project)
    }

    fn maintains(&self, state: &State, project: &Project) -> bool {
        self.project_at_least(state, project, AccessLevel::Maintainer)
    }

    fn is_let_through(&self, state: &State, project: &Project, line: &AccessLine) -> bool {
        let Some(user) = self.id() else { return false };
        match line.allowed {
            Allowed::Level(0) | Allowed::DeployKey(_) | Allowed::Role(_) => false,
            Allowed::Level(60) => self.is_admin(),
            Allowed::Level(level) => AccessLevel::from_number(level.into())
                .is_some_and(|level| self.project_at_least(state, project, level)),
            Allowed::User(id) => id == user,
            Allowed::Group(id) => self.level_on_group(state, id).is_some(),
        }
    }
}

/// A group was invited to the project, or to a group it is in.
pub(crate) fn is_invited(state: &State, project: &Project, group: NamespaceId) -> bool {
    let groups = state.tree.lineage(project.namespace);
    let mut sources = groups.map(|group| Source::Group(group.id));
    let links = &state.belongings.group_links;
    links.get(Source::Project(project.id), group).is_some()
        || sources.any(|source| links.get(source, group).is_some())
}

/// Reads only: archived or on its way out, by itself or with a group above.
fn is_closed(state: &State, project: &Project) -> bool {
    project.archived
        || project.marked_on.is_some()
        || state
            .tree
            .any_in_lineage(project.namespace, |group| group.archived)
}

/// The protections that hold for a branch: the project's own, and those of its groups.
pub(crate) fn protections_of(
    state: &State,
    project: &Project,
    branch: &str,
) -> Vec<(Source, Arc<ProtectedBranch>)> {
    protections(state, project)
        .into_iter()
        .filter(|(_, rule)| fits(&rule.name, branch))
        .collect()
}

/// All protections of branches that hold in a project: its own first.
pub(crate) fn protections(state: &State, project: &Project) -> Vec<(Source, Arc<ProtectedBranch>)> {
    let groups = state
        .tree
        .lineage(project.namespace)
        .map(|group| Source::Group(group.id));
    std::iter::once(Source::Project(project.id))
        .chain(groups)
        .flat_map(|source| {
            let rules = state.belongings.protected_branches.of(source);
            rules.map(move |rule| (source, Arc::clone(rule)))
        })
        .collect()
}

/// Whether developers may do that with a branch.
pub(crate) fn developers_may(action: Action, state: &State, project: &Project, branch: &str) -> bool {
    protections_of(state, project, branch).iter().any(|(_, rule)| {
        let lines = match action {
            Action::Merge => &rule.merge,
            _ => &rule.push,
        };
        lines.iter().any(|line| line.allowed == Allowed::Level(30))
    })
}

/// What the namespace of a project wants done with its default branch.
pub(crate) fn default_protection(state: &State, project: &Project) -> BranchProtection {
    match state.tree.namespace(project.namespace) {
        Some(Namespace::Group(group)) => group.settings.branch_protection.clone(),
        _ => BranchProtection::from_number(state.settings().default_branch_protection()),
    }
}
