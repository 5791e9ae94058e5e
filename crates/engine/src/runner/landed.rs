//! What the runner's tasks come back with.

use domain::{Job, JobStatus, Timestamp};
use gitlab_api::ApiPath;
use gitlab_client::{Answer, GitlabError};
use storage::{Evidence, EvidenceKind, StorageError};

use super::follow::Ended;
use super::graph::Counts;
use super::ledger_writer::Stop;
use super::look::{Look, Seen};
use super::{End, Runner};

/// What a task of the runner came back with.
pub(super) enum Landed {
    /// An attempt was made (or refused before sending).
    Attempted {
        item: u32,
        attempt: u32,
        path: ApiPath,
        intent_at: Timestamp,
        /// Whether it had its budget.
        admitted: bool,
        outcome: Attempted,
    },
    /// It was looked what became of an item, or how far GitLab is with it.
    Looked {
        look: Box<Look>,
        seen: Result<Seen, GitlabError>,
    },
    /// All its writes were done before.
    WasDone { item: u32 },
    /// It was written down that the job waits, or that it does no more.
    Said(Result<Job, StorageError>),
    /// The job's lease was renewed (or not).
    Renewed {
        again: bool,
        result: Result<JobStatus, StorageError>,
    },
}

/// What came of an attempt.
pub(super) enum Attempted {
    /// The intent was on disk; this is what came of sending it.
    Answered(Answer),
    /// The intent was on disk, and nothing was sent: the budget gave no way, or no item may begin any more.
    Withheld(Answer),
    /// The budget gave no way (a limit that holds for long, a host that is refused); there is no intent.
    NotBegun(Answer),
    /// The ledger took no intent.
    Stopped(Stop),
}

impl Runner {
    pub(super) async fn land(&mut self, landed: Landed) {
        // What it says of itself comes after what it said before.
        self.take_admissions();
        match landed {
            Landed::Attempted {
                item,
                admitted,
                outcome: Attempted::Stopped(stop),
                ..
            } => {
                // Nothing is on disk and nothing was sent.
                self.in_flight -= 1;
                self.queued -= u32::from(!admitted);
                self.not_begun(item);
                self.end.get_or_insert(End::from(stop));
            }
            Landed::Attempted {
                item,
                outcome: Attempted::NotBegun(answer),
                ..
            } => {
                self.in_flight -= 1;
                self.queued -= 1;
                self.not_begun(item);
                self.rest(item, &answer);
            }
            Landed::Attempted {
                item,
                attempt,
                outcome: Attempted::Withheld(answer),
                ..
            } => {
                self.in_flight -= 1;
                self.queued -= 1;
                let evidence = Evidence {
                    item,
                    attempt,
                    call: self.graph.step(item),
                    kind: EvidenceKind::NotSent,
                    gitlab_status: None,
                    request_id: None,
                    seen: None,
                    at: self.run.clock.now(),
                };
                self.put_back(item, Counts::No, Some(evidence), None).await;
                self.rest(item, &answer);
            }
            Landed::Attempted {
                item,
                attempt,
                path,
                intent_at,
                outcome: Attempted::Answered(answer),
                ..
            } => {
                self.in_flight -= 1;
                self.answered(item, attempt, &path, intent_at, answer).await;
            }
            Landed::Looked { look, seen } => self.looked(*look, seen).await,
            Landed::WasDone { item } => {
                self.in_flight -= 1;
                self.followed(item, Ended::Done(None)).await;
            }
            Landed::Said(result) => self.said(result),
            Landed::Renewed {
                again,
                result: Ok(JobStatus::Running),
            } => {
                if again {
                    self.renew_later();
                }
            }
            Landed::Renewed {
                result: Ok(status), ..
            } => {
                self.end.get_or_insert(End::Status(status));
            }
            Landed::Renewed {
                result: Err(StorageError::LeaseLost(_)),
                ..
            } => {
                self.end = Some(End::Lost);
            }
            Landed::Renewed {
                again,
                result: Err(error),
            } => {
                // The deadline stops sending when renewal goes on failing.
                tracing::warn!(job = %self.run.job.id, %error, "the lease could not be renewed");
                if again {
                    self.renew_later();
                }
            }
        }
    }
}
