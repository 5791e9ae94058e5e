//! Hooks: who wants to be told of what, and what became of telling.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::shelf::{Forget, Gone};
use super::{Belongings, Secret, Shelf, Source};
use crate::time_text::Moment;

/// What a hook listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HookOwner {
    /// The whole instance.
    System,
    Of(Source),
}

macro_rules! triggers {
    ($($trigger:ident = $name:literal,)+) => {
        /// A kind of event that a hook can be told of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Trigger { $($trigger,)+ }

        impl Trigger {
            /// The parameter and key that turns it on.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$trigger => $name,)+ }
            }
        }
    };
}

triggers! {
    Push = "push_events",
    TagPush = "tag_push_events",
    MergeRequests = "merge_requests_events",
    RepositoryUpdate = "repository_update_events",
    Issues = "issues_events",
    ConfidentialIssues = "confidential_issues_events",
    Note = "note_events",
    ConfidentialNote = "confidential_note_events",
    Pipeline = "pipeline_events",
    WikiPage = "wiki_page_events",
    Deployment = "deployment_events",
    FeatureFlag = "feature_flag_events",
    Job = "job_events",
    Releases = "releases_events",
    Milestone = "milestone_events",
    Emoji = "emoji_events",
    ResourceAccessToken = "resource_access_token_events",
    Vulnerability = "vulnerability_events",
    Subgroup = "subgroup_events",
    Member = "member_events",
    Project = "project_events",
}

/// Which kinds of events a hook wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Triggers(u32);

impl Triggers {
    pub(crate) fn has(self, trigger: Trigger) -> bool {
        self.0 & (1 << trigger as u8) != 0
    }

    pub(crate) fn set(&mut self, trigger: Trigger, on: bool) {
        let bit = 1 << trigger as u8;
        self.0 = if on { self.0 | bit } else { self.0 & !bit };
    }

    #[must_use]
    pub(crate) fn with(mut self, trigger: Trigger) -> Self {
        self.set(trigger, true);
        self
    }
}

/// How branches are chosen of which pushes are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BranchStrategy {
    #[default]
    Wildcard,
    Regex,
    AllBranches,
}

/// A name with a value that no answer holds again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hidden {
    pub(crate) key: String,
    pub(crate) value: Secret,
}

/// Someone to be told of events by a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hook {
    pub(crate) id: u64,
    /// Can hold a password.
    pub(crate) url: Secret,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created_at: Moment,
    pub(crate) triggers: Triggers,
    pub(crate) verify_ssl: bool,
    pub(crate) token: Option<Secret>,
    pub(crate) branch_filter: Option<String>,
    pub(crate) branch_strategy: BranchStrategy,
    pub(crate) template: Option<String>,
    pub(crate) url_variables: Vec<Hidden>,
    pub(crate) custom_headers: Vec<Hidden>,
    /// Deliveries that failed since one that did not.
    pub(crate) failures: u32,
    pub(crate) disabled_until: Option<Moment>,
}

/// Whether a hook is told anything at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlertStatus {
    Executable,
    TemporarilyDisabled,
    Disabled,
}

/// So many failures in a row are overlooked.
const GRACE: u32 = 3;
/// After more than so many a hook is told nothing any more.
const LAST: u32 = 39;
const FIRST_PAUSE: Duration = Duration::from_mins(1);
const LONGEST_PAUSE: Duration = Duration::from_hours(24);

impl Hook {
    pub(crate) fn alert_status(&self, now: Moment) -> AlertStatus {
        if self.failures > LAST {
            AlertStatus::Disabled
        } else if self.failures > GRACE && self.disabled_until.is_some_and(|until| until >= now) {
            AlertStatus::TemporarilyDisabled
        } else {
            AlertStatus::Executable
        }
    }

    /// Notes how a delivery ended. From the fourth failure in a row on the hook pauses, each time twice as long;
    /// with the fortieth it ends (GitLab API facts §7.17).
    pub(crate) fn after(mut self, delivered: bool, now: Moment) -> Self {
        if delivered {
            self.failures = 0;
            self.disabled_until = None;
        } else if self.alert_status(now) == AlertStatus::Executable {
            let doublings = self.failures.saturating_sub(GRACE);
            self.failures += 1;
            if self.failures > GRACE {
                let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(doublings));
                self.disabled_until = Some(now.after(pause.min(LONGEST_PAUSE)));
            }
        }
        self
    }
}

/// What became of one delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HookLog {
    pub(crate) id: u64,
    pub(crate) hook: u64,
    pub(crate) at: Moment,
    /// `push_hooks`
    pub(crate) trigger: String,
    pub(crate) event: String,
    pub(crate) url: Secret,
    /// Without the values of secrets.
    pub(crate) request_headers: Vec<(String, String)>,
    /// JSON.
    pub(crate) request_data: String,
    pub(crate) response_headers: Vec<(String, String)>,
    pub(crate) response_body: String,
    pub(crate) millis: u64,
    /// None when there was no answer.
    pub(crate) status: Option<u16>,
}

/// At most this many deliveries are remembered of one owner's hooks.
const REMEMBERED: usize = 500;

pub(crate) type Hooks = Shelf<HookOwner, Hook>;
pub(crate) type HookLogs = Shelf<HookOwner, HookLog>;

impl<T> Forget for Shelf<HookOwner, T> {
    fn forget(&mut self, gone: Gone) {
        match gone {
            Gone::Group(id) => self.clear(HookOwner::Of(Source::Group(id))),
            Gone::Project(id) => self.clear(HookOwner::Of(Source::Project(id))),
            Gone::User(_) => {}
        }
    }
}

impl Belongings {
    /// Remembers a delivery, and forgets the oldest when there are too many.
    pub(crate) fn remember(&mut self, owner: HookOwner, log: HookLog) {
        self.hook_logs.add(owner, |id| HookLog { id, ..log });
        if self.hook_logs.count(owner) > REMEMBERED {
            let oldest = self.hook_logs.of(owner).next().map(|log| log.id);
            oldest.and_then(|id| self.hook_logs.remove(owner, id));
        }
    }

    /// Removes a hook with what is remembered of it.
    pub(crate) fn remove_hook(&mut self, owner: HookOwner, hook: u64) {
        self.hooks.remove(owner, hook);
        let logs = self.hook_logs.of(owner);
        let logs: Vec<u64> = logs.filter(|log| log.hook == hook).map(|log| log.id).collect();
        for log in logs {
            self.hook_logs.remove(owner, log);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook() -> Hook {
        Hook {
            id: 1,
            url: Secret(String::new()),
            name: String::new(),
            description: String::new(),
            created_at: Moment(0),
            triggers: Triggers::default(),
            verify_ssl: true,
            token: None,
            branch_filter: None,
            branch_strategy: BranchStrategy::Wildcard,
            template: None,
            url_variables: Vec::new(),
            custom_headers: Vec::new(),
            failures: 0,
            disabled_until: None,
        }
    }

    #[test]
    fn pauses_double_from_a_minute_to_a_day_and_the_fortieth_failure_is_the_last() {
        let mut hook = hook();
        let mut now = Moment(0);
        let mut pauses = Vec::new();
        for _ in 0..40 {
            hook = hook.after(false, now);
            if let Some(until) = hook.disabled_until {
                pauses.push((until.0 - now.0) / 60_000);
                now = until.after(Duration::from_millis(1));
            }
        }
        assert_eq!(&pauses[..5], [1, 2, 4, 8, 16]);
        assert_eq!(pauses[36], 24 * 60);
        assert_eq!(hook.alert_status(now), AlertStatus::Disabled);
        let again = hook.after(true, now);
        assert_eq!(
            (again.failures, again.alert_status(now)),
            (0, AlertStatus::Executable)
        );
    }
}
