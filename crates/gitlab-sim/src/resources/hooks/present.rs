use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::state::{BranchStrategy, Hidden, Hook, HookOwner, Source, Trigger};
use crate::time_text::Moment;

/// A hook: everything but what is secret.
#[derive(Debug)]
pub(super) struct HookView {
    owner: HookOwner,
    hook: Arc<Hook>,
    now: Moment,
    /// Lists leave out what only one hook's own body tells.
    in_list: bool,
}

/// What every hook can be told of.
const COMMON: [Trigger; 4] = [
    Trigger::Push,
    Trigger::TagPush,
    Trigger::MergeRequests,
    Trigger::RepositoryUpdate,
];

/// What hooks of projects and groups can be told of, too.
pub(super) const OF_PROJECTS: [Trigger; 14] = [
    Trigger::Issues,
    Trigger::ConfidentialIssues,
    Trigger::Note,
    Trigger::ConfidentialNote,
    Trigger::Pipeline,
    Trigger::WikiPage,
    Trigger::Deployment,
    Trigger::FeatureFlag,
    Trigger::Job,
    Trigger::Releases,
    Trigger::Milestone,
    Trigger::Emoji,
    Trigger::ResourceAccessToken,
    Trigger::Vulnerability,
];

/// What only hooks of groups can be told of.
pub(super) const OF_GROUPS: [Trigger; 3] = [Trigger::Subgroup, Trigger::Member, Trigger::Project];

impl HookView {
    pub(super) fn of(owner: HookOwner, hook: &Arc<Hook>, now: Moment) -> Self {
        Self {
            owner,
            hook: Arc::clone(hook),
            now,
            in_list: false,
        }
    }

    pub(super) fn row(owner: HookOwner, hook: &Arc<Hook>, now: Moment) -> Self {
        Self {
            in_list: true,
            ..Self::of(owner, hook, now)
        }
    }
}

impl Serialize for HookView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hook = &self.hook;
        let is_system = self.owner == HookOwner::System;
        // Hooks of the instance are never disabled.
        let status = if is_system {
            crate::state::AlertStatus::Executable
        } else {
            hook.alert_status(self.now)
        };
        let mut body = serializer.serialize_map(None)?;
        body.serialize_entry("id", &hook.id)?;
        body.serialize_entry("url", &hook.url.0)?;
        body.serialize_entry("name", &hook.name)?;
        body.serialize_entry("description", &hook.description)?;
        body.serialize_entry("created_at", &hook.created_at)?;
        for trigger in COMMON {
            body.serialize_entry(trigger.name(), &hook.triggers.has(trigger))?;
        }
        body.serialize_entry("enable_ssl_verification", &hook.verify_ssl)?;
        body.serialize_entry("alert_status", &status)?;
        body.serialize_entry("disabled_until", &hook.disabled_until)?;
        if !self.in_list {
            body.serialize_entry("url_variables", &names(&hook.url_variables))?;
        }
        body.serialize_entry("push_events_branch_filter", &hook.branch_filter)?;
        body.serialize_entry("branch_filter_strategy", &strategy(hook.branch_strategy))?;
        body.serialize_entry("custom_webhook_template", &hook.template)?;
        if !self.in_list {
            body.serialize_entry("custom_headers", &names(&hook.custom_headers))?;
        }
        let HookOwner::Of(source) = self.owner else {
            return body.end();
        };
        let of_group = match source {
            Source::Project(id) => {
                body.serialize_entry("project_id", &id)?;
                false
            }
            Source::Group(id) => {
                body.serialize_entry("group_id", &id)?;
                true
            }
        };
        for trigger in OF_PROJECTS {
            body.serialize_entry(trigger.name(), &hook.triggers.has(trigger))?;
        }
        for trigger in OF_GROUPS.into_iter().filter(|_| of_group) {
            body.serialize_entry(trigger.name(), &hook.triggers.has(trigger))?;
        }
        body.end()
    }
}

fn strategy(strategy: BranchStrategy) -> &'static str {
    match strategy {
        BranchStrategy::Wildcard => "wildcard",
        BranchStrategy::Regex => "regex",
        BranchStrategy::AllBranches => "all_branches",
    }
}

/// Values are never shown again.
fn names(hidden: &[Hidden]) -> Vec<Name<'_>> {
    hidden.iter().map(|part| Name { key: &part.key }).collect()
}

#[derive(Serialize)]
struct Name<'a> {
    key: &'a str,
}
