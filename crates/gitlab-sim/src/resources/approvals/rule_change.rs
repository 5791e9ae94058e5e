use std::sync::Arc;

use super::rule_list::find;
use super::rule_present::RuleBody;
use super::source::{self, Place};
use crate::access::{level_on_project, protections};
use crate::http::refuse::{self, Complaints, TAKEN};
use crate::http::{Answer, Call, Refusal, Reply};
use crate::ids::{NamespaceId, UserId};
use crate::params::Ask;
use crate::state::{ApprovalKind, ApprovalRule, State};

/// The most approvals a rule can ask for.
const MOST: i64 = 100;

/// What a request says about a rule. What it leaves out stays; an empty list empties.
struct Patch {
    name: Option<String>,
    required: Option<i64>,
    users: Option<Vec<u64>>,
    usernames: Option<Vec<String>>,
    groups: Option<Vec<u64>>,
    branches: Option<Vec<u64>>,
    all_branches: Option<bool>,
    remove_hidden_groups: bool,
}

impl Patch {
    fn read(ask: &mut Ask<'_>) -> Self {
        Self {
            name: ask.filled("name"),
            required: ask.integer("approvals_required"),
            users: ask.ids("user_ids"),
            usernames: ask.list("usernames"),
            groups: ask.ids("group_ids"),
            branches: ask.ids("protected_branch_ids"),
            all_branches: ask.flag("applies_to_all_protected_branches"),
            remove_hidden_groups: ask.flag("remove_hidden_groups").unwrap_or(false),
        }
    }

    /// Who cannot approve in the project anyway, or is not seen, is left out without a word.
    fn apply(self, call: &Call<'_>, state: &State, place: &Place, rule: &mut ApprovalRule) {
        rule.name = self.name.unwrap_or_else(|| rule.name.clone());
        if let Some(required) = self.required {
            rule.approvals_required = required.unsigned_abs();
        }
        if self.users.is_some() || self.usernames.is_some() {
            let by_id = self.users.into_iter().flatten().map(UserId);
            let by_name = self
                .usernames
                .iter()
                .flatten()
                .filter_map(|name| state.users.by_username(name))
                .map(|user| user.id);
            let may = |id: &UserId| match &place.project {
                Some(project) => level_on_project(state, *id, project, call.now.day()).is_some(),
                None => state.users.get(*id).is_some(),
            };
            let mut users: Vec<UserId> = by_id.chain(by_name).filter(may).collect();
            users.sort_unstable();
            users.dedup();
            rule.users = users;
        }
        if let Some(groups) = self.groups {
            let visible = |id: &NamespaceId| {
                let group = state.tree.group(*id);
                group.is_some_and(|group| call.viewer.can_read_group(state, group))
            };
            let mut kept: Vec<NamespaceId> = if self.remove_hidden_groups {
                Vec::new()
            } else {
                rule.groups.iter().copied().filter(|id| !visible(id)).collect()
            };
            kept.extend(groups.into_iter().map(NamespaceId).filter(visible));
            kept.sort_unstable();
            kept.dedup();
            rule.groups = kept;
        }
        if let (Some(branches), Some(project)) = (self.branches, &place.project) {
            let known = protections(state, project);
            rule.protected_branches = branches;
            rule.protected_branches
                .retain(|id| known.iter().any(|(_, branch)| branch.id == *id));
        }
        if let Some(all) = self.all_branches {
            rule.applies_to_all_protected_branches = all;
        }
    }

    fn complain(&self, state: &State, place: &Place, own: Option<u64>, complaints: &mut Complaints) {
        let others = || {
            let rules = state.belongings.approval_rules.of(place.source);
            rules.filter(move |rule| Some(rule.id) != own)
        };
        if let Some(name) = &self.name
            && others().any(|rule| rule.name == *name)
        {
            complaints.add("name", TAKEN);
        }
        match self.required {
            Some(required) if required < 0 => {
                complaints.add("approvals_required", "must be greater than or equal to 0");
            }
            Some(required) if required > MOST => {
                complaints.add(
                    "approvals_required",
                    format!("must be less than or equal to {MOST}"),
                );
            }
            _ => {}
        }
    }
}

/// `POST /{projects,groups}/:id/approval_rules`
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    ask.require("name");
    ask.require("approvals_required");
    let patch = Patch::read(&mut ask);
    let kind = match ask.choice("rule_type", &["regular", "any_approver", "report_approver"]) {
        Some("any_approver") => ApprovalKind::AnyApprover,
        Some("report_approver") => ApprovalKind::ReportApprover,
        _ => ApprovalKind::Regular,
    };
    let report = ask.choice(
        "report_type",
        &[
            "license_scanning",
            "code_coverage",
            "scan_finding",
            "any_merge_request",
        ],
    );
    call.admit(ask)?;

    let mut state = call.change();
    let place = source::to_change(call, &state)?;
    let mut complaints = Complaints::default();
    patch.complain(&state, &place, None, &mut complaints);
    let has_any = state
        .belongings
        .approval_rules
        .of(place.source)
        .any(|rule| rule.kind == ApprovalKind::AnyApprover);
    if kind == ApprovalKind::AnyApprover && has_any {
        let of = if place.project.is_some() {
            "project"
        } else {
            "group"
        };
        complaints.add("rule_type", format!("any-approver for the {of} already exists"));
    }
    refuse_if(&complaints)?;
    let mut draft = ApprovalRule {
        id: 0,
        name: String::new(),
        kind,
        report: report.map(str::to_owned),
        approvals_required: 0,
        users: Vec::new(),
        groups: Vec::new(),
        protected_branches: Vec::new(),
        applies_to_all_protected_branches: false,
    };
    patch.apply(call, &state, &place, &mut draft);
    let rules = &mut state.belongings.approval_rules;
    let rule = rules.add(place.source, |id| ApprovalRule { id, ..draft });
    Ok(Reply::created(&RuleBody::of(call, &state, &place, &rule)).applied())
}

/// `PUT /{projects,groups}/:id/approval_rules/:rule_id`
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let patch = Patch::read(&mut ask);
    call.admit(ask)?;
    let mut state = call.change();
    let place = source::to_change(call, &state)?;
    let old = find(call, &state, &place)?;
    let mut complaints = Complaints::default();
    patch.complain(&state, &place, Some(old.id), &mut complaints);
    refuse_if(&complaints)?;
    let mut rule = ApprovalRule::clone(&old);
    patch.apply(call, &state, &place, &mut rule);
    let changed = rule != *old;
    let rule = Arc::new(rule);
    let rules = &mut state.belongings.approval_rules;
    rules.put(place.source, rule.id, Arc::clone(&rule));
    let body = RuleBody::of(call, &state, &place, &rule);
    Ok(Reply::ok(&body).applied_if(changed))
}

/// `DELETE /{projects,groups}/:id/approval_rules/:rule_id`
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    let mut state = call.change();
    let place = source::to_change(call, &state)?;
    let rule = find(call, &state, &place)?;
    state.belongings.approval_rules.remove(place.source, rule.id);
    Ok(Reply::no_content().applied())
}

fn refuse_if(complaints: &Complaints) -> Result<(), Refusal> {
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(refuse::complaints(complaints))
    }
}
