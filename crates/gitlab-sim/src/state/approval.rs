//! Who has to approve merge requests: rules and how strictly they are taken. Merge requests themselves are not here.

use serde::{Deserialize, Serialize};

use crate::ids::{NamespaceId, UserId};

/// How many of whom must approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ApprovalRule {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) kind: ApprovalKind,
    pub(crate) report: Option<String>,
    pub(crate) approvals_required: u64,
    pub(crate) users: Vec<UserId>,
    pub(crate) groups: Vec<NamespaceId>,
    /// Ids of protected branches; none is all branches.
    pub(crate) protected_branches: Vec<u64>,
    pub(crate) applies_to_all_protected_branches: bool,
}

/// Whose approval counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ApprovalKind {
    /// That of the users and groups of the rule.
    #[default]
    Regular,
    /// Anyone's who may approve at all.
    AnyApprover,
    ReportApprover,
}

/// How strictly a project takes approvals. None follows the group, or the default.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ApprovalSettings {
    pub(crate) approvals_before_merge: u64,
    pub(crate) retain_on_push: Option<bool>,
    pub(crate) selective_code_owner_removals: Option<bool>,
    pub(crate) allow_overrides: Option<bool>,
    pub(crate) allow_author: Option<bool>,
    pub(crate) allow_committer: Option<bool>,
    pub(crate) require_reauthentication: Option<bool>,
}
