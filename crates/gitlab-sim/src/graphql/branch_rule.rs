use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::asker::Asker;
use super::page::{Connection, Wanted};
use super::scalar::{Time, global_id};
use crate::ids::ProjectId;
use crate::options::Tier;
use crate::resources::who_is_allowed;
use crate::state::{AccessLine, Allowed, ApprovalKind, ApprovalRule, Project, ProtectedBranch, Source};

/// What is asked of branches of that name: protection and approvals.
#[derive(Debug, Clone)]
pub(super) struct BranchRule {
    project: Arc<Project>,
    row: Arc<ProtectedBranch>,
}

/// The rules of a project, for those who may administer it.
pub(super) fn of_project(
    asker: &Asker,
    project: ProjectId,
    wanted: &Wanted,
) -> Option<Connection<BranchRule>> {
    let state = asker.state();
    let project = state.tree.project(project)?;
    if !asker.viewer.can_admin_project(&state, project) {
        return None;
    }
    let (rows, source) = (&state.belongings.protected_branches, Source::Project(project.id));
    let ids: Vec<u64> = rows.of(source).map(|row| row.id).collect();
    Some(wanted.cut(&ids, |id| {
        Some(BranchRule {
            project: Arc::clone(project),
            row: Arc::clone(rows.get(source, id)?),
        })
    }))
}

#[Object]
impl BranchRule {
    async fn id(&self) -> ID {
        global_id("Projects/BranchRule", self.row.id)
    }

    async fn name(&self) -> &str {
        &self.row.name
    }

    async fn is_default(&self) -> bool {
        self.project.default_branch.as_deref() == Some(self.row.name.as_str())
    }

    async fn is_protected(&self) -> bool {
        true
    }

    async fn created_at(&self) -> Time {
        Time(self.row.created_at)
    }

    async fn branch_protection(&self) -> Protection {
        Protection(Arc::clone(&self.row))
    }

    /// Null without a licence.
    async fn approval_rules(&self, ctx: &Context<'_>) -> Option<Connection<Approval>> {
        let asker = Asker::of(ctx);
        if asker.instance.site.tier < Tier::Premium {
            return None;
        }
        let state = asker.state();
        let (rows, source) = (&state.belongings.approval_rules, Source::Project(self.project.id));
        let about_this = |rule: &&Arc<ApprovalRule>| {
            rule.applies_to_all_protected_branches || rule.protected_branches.contains(&self.row.id)
        };
        let ids: Vec<u64> = rows.of(source).filter(about_this).map(|rule| rule.id).collect();
        Some(Wanted::default().cut(&ids, |id| rows.get(source, id).cloned().map(Approval)))
    }
}

/// Who may push and merge.
#[derive(Debug, Clone)]
pub(super) struct Protection(Arc<ProtectedBranch>);

#[Object(name = "BranchProtection")]
impl Protection {
    async fn allow_force_push(&self) -> bool {
        self.0.allow_force_push
    }

    async fn code_owner_approval_required(&self) -> bool {
        self.0.code_owner_approval_required
    }

    async fn push_access_levels(&self) -> Connection<Line> {
        lines(&self.0.push)
    }

    async fn merge_access_levels(&self) -> Connection<Line> {
        lines(&self.0.merge)
    }
}

fn lines(lines: &[AccessLine]) -> Connection<Line> {
    let ids: Vec<u64> = lines.iter().map(|line| line.id).collect();
    Wanted::default().cut(&ids, |id| {
        lines.iter().find(|line| line.id == id).copied().map(Line)
    })
}

/// One line of a protection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line(AccessLine);

#[Object(name = "BranchProtectionAccessLevel")]
impl Line {
    async fn access_level(&self) -> Option<u8> {
        match self.0.allowed {
            Allowed::Level(level) => Some(level),
            _ => None,
        }
    }

    async fn access_level_description(&self, ctx: &Context<'_>) -> String {
        who_is_allowed(&Asker::of(ctx).state(), self.0.allowed)
    }
}

/// What kind of approval rule it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "ApprovalRuleType")]
pub(super) enum Kind {
    Regular,
    AnyApprover,
    ReportApprover,
}

/// How many approvals merging needs.
#[derive(Debug, Clone)]
pub(super) struct Approval(Arc<ApprovalRule>);

#[Object(name = "ApprovalProjectRule")]
impl Approval {
    async fn id(&self) -> ID {
        global_id("ApprovalProjectRule", self.0.id)
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn approvals_required(&self) -> u64 {
        self.0.approvals_required
    }

    #[graphql(name = "type")]
    async fn kind(&self) -> Kind {
        match self.0.kind {
            ApprovalKind::Regular => Kind::Regular,
            ApprovalKind::AnyApprover => Kind::AnyApprover,
            ApprovalKind::ReportApprover => Kind::ReportApprover,
        }
    }
}
