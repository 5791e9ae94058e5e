use std::collections::BTreeSet;

use serde::Serialize;

use super::source::Place;
use crate::access::protections;
use crate::http::Call;
use crate::ids::UserId;
use crate::resources::groups::present::GroupView;
use crate::resources::protected_branches::present::ProtectedBranchBody;
use crate::resources::users::present::UserBasic;
use crate::state::{ApprovalKind, ApprovalRule, Source, State};

/// Who has to approve.
#[derive(Debug, Serialize)]
pub(super) struct RuleBody<'a> {
    id: u64,
    name: String,
    rule_type: ApprovalKind,
    report_type: Option<String>,
    /// The users, and everyone in the groups.
    eligible_approvers: Vec<UserBasic>,
    approvals_required: u64,
    users: Vec<UserBasic>,
    groups: Vec<GroupView<'a>>,
    /// The rule names groups the viewer does not see.
    contains_hidden_groups: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    protected_branches: Option<Vec<ProtectedBranchBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    applies_to_all_protected_branches: Option<bool>,
}

impl<'a> RuleBody<'a> {
    pub(super) fn of(call: &Call<'a>, state: &State, place: &Place, rule: &ApprovalRule) -> Self {
        let users = |ids: &mut dyn Iterator<Item = UserId>| {
            ids.filter_map(|id| state.users.get(id))
                .map(|user| UserBasic::of(&call.instance.site, user))
                .collect()
        };
        let groups: Vec<_> = rule
            .groups
            .iter()
            .filter_map(|id| state.tree.group(*id))
            .collect();
        let visible: Vec<_> = groups
            .iter()
            .filter(|group| call.viewer.can_read_group(state, group))
            .map(|group| GroupView::row(call, state, group))
            .collect();
        let mut eligible: BTreeSet<UserId> = rule.users.iter().copied().collect();
        for group in &groups {
            let members = state.members.of_source(Source::Group(group.id));
            let active = members.filter(|member| member.is_active(call.now.day()));
            eligible.extend(active.map(|member| member.user));
        }
        let branches = place.project.as_ref().map(|project| {
            protections(state, project)
                .iter()
                .filter(|(_, known)| rule.protected_branches.contains(&known.id))
                .map(|(source, known)| ProtectedBranchBody::of(call, state, true, *source, known))
                .collect()
        });
        Self {
            id: rule.id,
            name: rule.name.clone(),
            rule_type: rule.kind,
            report_type: rule.report.clone(),
            eligible_approvers: users(&mut eligible.into_iter()),
            approvals_required: rule.approvals_required,
            users: users(&mut rule.users.iter().copied()),
            contains_hidden_groups: visible.len() < groups.len(),
            groups: visible,
            protected_branches: branches,
            applies_to_all_protected_branches: place
                .project
                .is_some()
                .then_some(rule.applies_to_all_protected_branches),
        }
    }
}
