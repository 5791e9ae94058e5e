use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{InstanceUrl, ItemError, JobOptions, Timestamp, UserKey};

/// A job's name for life: a UUID of version 7, so that newer ones sort later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct JobId(pub Uuid);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for JobId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Where a job stands. `planning → planned → pending → running ⇄ paused → completed | failed | cancelled`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    /// Its items are being compared with what GitLab has.
    Planning,
    /// Every item says what it would do; nothing has been sent.
    Planned,
    /// Started, waiting for a runner.
    Pending,
    /// A runner holds it.
    Running,
    /// Waiting for a person (or, after an expired token, for a login).
    Paused,
    /// Every item has ended, some perhaps failed.
    Completed,
    /// The job could not go on; it can be resumed.
    Failed,
    /// A person ended it; what was not sent never will be.
    Cancelled,
}

/// What happens to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobEvent {
    /// The plan is complete.
    Planned,
    /// The plan is complete, and the job is one that starts by itself.
    PlannedAndStarted,
    /// A person says go.
    Start,
    /// A runner took it.
    Claimed,
    /// A runner gives its place up while it waits, or ends with the process.
    Yielded,
    /// A person, a limit on failures or an expired token.
    Pause,
    /// A person says go on.
    Resume,
    /// A person says go on with a job that could not be planned.
    PlanAgain,
    /// The last item has ended.
    Finished,
    /// It could not go on.
    Broke,
    /// A person wants an item of a job that is over tried again.
    Reopen,
    /// A person ended it.
    Cancel,
}

/// An event that a status does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {from} cannot {}", .event.verb())]
pub struct IllegalJobTransition {
    /// The status it had.
    pub from: JobStatus,
    /// What was to happen.
    pub event: JobEvent,
}

impl JobEvent {
    /// Every event.
    pub const ALL: [Self; 12] = [
        Self::Planned,
        Self::PlannedAndStarted,
        Self::Start,
        Self::Claimed,
        Self::Yielded,
        Self::Pause,
        Self::Resume,
        Self::PlanAgain,
        Self::Finished,
        Self::Broke,
        Self::Reopen,
        Self::Cancel,
    ];

    const fn verb(self) -> &'static str {
        match self {
            Self::Planned => "become planned",
            Self::PlannedAndStarted => "be planned and started",
            Self::Start => "be started",
            Self::Claimed => "be run",
            Self::Yielded => "be given back",
            Self::Pause => "be paused",
            Self::Resume => "be resumed",
            Self::PlanAgain => "be planned again",
            Self::Finished => "be finished",
            Self::Broke => "fail",
            Self::Reopen => "be opened again",
            Self::Cancel => "be cancelled",
        }
    }

    /// The statuses in which this event is possible; what a guarded `UPDATE` asks for.
    pub fn possible_in(self) -> impl Iterator<Item = JobStatus> {
        JobStatus::ALL
            .into_iter()
            .filter(move |status| status.after(self).is_ok())
    }
}

impl JobStatus {
    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Planning,
        Self::Planned,
        Self::Pending,
        Self::Running,
        Self::Paused,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word used in JSON and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::Planned => "planned",
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether nothing more happens by itself.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// The one table of a job's life (drawn in `docs/job-states.md`).
    ///
    /// # Errors
    /// The event is not possible in this status.
    pub fn after(self, event: JobEvent) -> Result<Self, IllegalJobTransition> {
        use JobEvent as E;
        match (self, event) {
            (Self::Failed, E::PlanAgain) => Ok(Self::Planning),
            (Self::Planning, E::Planned) => Ok(Self::Planned),
            (Self::Planning, E::PlannedAndStarted)
            | (Self::Planned, E::Start)
            | (Self::Paused | Self::Failed, E::Resume)
            | (Self::Running, E::Yielded) => Ok(Self::Pending),
            // A lease that ran out is taken over while the job still says `running`.
            (Self::Pending | Self::Running, E::Claimed) => Ok(Self::Running),
            (Self::Pending | Self::Running, E::Pause) | (Self::Completed, E::Reopen) => Ok(Self::Paused),
            (Self::Running, E::Finished) => Ok(Self::Completed),
            (Self::Planning | Self::Pending | Self::Running, E::Broke) => Ok(Self::Failed),
            (
                Self::Planning | Self::Planned | Self::Pending | Self::Running | Self::Paused | Self::Failed,
                E::Cancel,
            ) => Ok(Self::Cancelled),
            (from, event) => Err(IllegalJobTransition { from, event }),
        }
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who may run a job: a job of the command line is never claimed by a server on the same database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Made by the command line without a server; runs in the foreground.
    Cli,
    /// Made through the API; run by any server.
    Server,
}

impl Origin {
    /// The word used in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::Server => "server",
        }
    }
}

/// Whose job it is, as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobUser {
    /// The user's number on the instance.
    pub id: u64,
    /// The user's name there.
    pub username: String,
}

/// A job as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its name for life.
    pub id: JobId,
    /// `bulk_create_groups` …, `manifest` or `mixed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it stands.
    pub status: JobStatus,
    /// Rises with every change that anybody can see.
    pub version: u64,
    /// Number of items.
    pub total: u32,
    /// Items that have ended.
    pub progress: u32,
    /// Items that succeeded.
    pub success_count: u32,
    /// Items that failed.
    pub failure_count: u32,
    /// Items with nothing to do.
    pub skipped_count: u32,
    /// Items that a person has to look at.
    pub unconfirmed_count: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When `version` rose last.
    pub updated_at: Timestamp,
    /// When it was first run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub finished_at: Option<Timestamp>,
    /// When it is expected to end, from the present rate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub estimated_completion: Option<Timestamp>,
    /// Items ended per second, lately.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub items_per_second: Option<f64>,
    /// Until when it waits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting_until: Option<Timestamp>,
    /// Why it waits or is paused.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting_reason: Option<String>,
    /// Whose it is.
    pub user: JobUser,
    /// The same number as `user.id`.
    pub user_id: u64,
    /// The instance it works on.
    pub gitlab_url: InstanceUrl,
    /// How it is run.
    pub options: JobOptions,
    /// The text that has to be given to start it, when it is destructive.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confirmation: Option<String>,
    /// When what it did was last compared with GitLab.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verified_at: Option<Timestamp>,
    /// Why that could not be done when it was asked for last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verification_error: Option<ItemError>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<ItemError>,
    /// The job whose failed items it runs again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_of: Option<JobId>,
    /// The job that it reverses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undo_of: Option<JobId>,
}

impl Job {
    /// Whose job it is: instance and user id.
    pub fn owner(&self) -> UserKey {
        UserKey {
            instance: self.gitlab_url.clone(),
            user_id: self.user_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_life_of_a_job() {
        use JobEvent as E;
        let mut status = JobStatus::Planning;
        for (event, then) in [
            (E::Planned, JobStatus::Planned),
            (E::Start, JobStatus::Pending),
            (E::Claimed, JobStatus::Running),
            (E::Pause, JobStatus::Paused),
            (E::Resume, JobStatus::Pending),
            (E::Claimed, JobStatus::Running),
            (E::Broke, JobStatus::Failed),
            (E::Resume, JobStatus::Pending),
            (E::Claimed, JobStatus::Running),
            (E::Finished, JobStatus::Completed),
        ] {
            status = status.after(event).unwrap();
            assert_eq!(status, then, "{event:?}");
        }
    }

    #[test]
    fn what_is_over_cannot_be_started_again() {
        for event in [
            JobEvent::Start,
            JobEvent::Resume,
            JobEvent::Claimed,
            JobEvent::Cancel,
        ] {
            assert!(JobStatus::Completed.after(event).is_err(), "{event:?}");
            assert!(JobStatus::Cancelled.after(event).is_err(), "{event:?}");
        }
        assert_eq!(
            JobStatus::Completed
                .after(JobEvent::Start)
                .unwrap_err()
                .to_string(),
            "a job that is completed cannot be started"
        );
    }
}
