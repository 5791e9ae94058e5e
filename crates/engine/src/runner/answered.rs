//! What GitLab said to a write, and what follows from it.

use std::time::Duration;

use domain::{ItemEvent, Timestamp};
use gitlab_api::ApiPath;
use gitlab_client::{Answer, Refusal};
use http::StatusCode;
use storage::{Evidence, EvidenceKind};

use super::answer::{Verdict, judge, refused_in_body};
use super::end::unreachable;
use super::graph::Counts;
use super::look::Question;
use super::{End, MAX_ATTEMPTS, Runner, WAITS_FOR_LOGIN, pause_before};

/// How long GitLab may be out of reach before the job gives up; it can be resumed.
pub(crate) const GONE_FOR_TOO_LONG: Duration = Duration::from_mins(10);

impl Runner {
    pub(super) async fn answered(
        &mut self,
        item: u32,
        attempt: u32,
        path: &ApiPath,
        intent_at: Timestamp,
        answer: Answer,
    ) {
        let now = self.run.clock.now();
        let step = self.graph.step(item);
        let evidence = |kind, status: Option<StatusCode>, request_id: Option<String>| Evidence {
            item,
            attempt,
            call: step,
            kind,
            gitlab_status: status.map(|status| status.as_u16()),
            request_id,
            seen: None,
            at: now,
        };
        let answered = |refusal: &Refusal| {
            evidence(
                EvidenceKind::Answered,
                Some(refusal.status),
                refusal.request_id.clone(),
            )
        };
        let verdict = judge(answer);
        if !matches!(verdict, Verdict::NotSent(_)) {
            self.unreachable_since = None;
        }
        if matches!(
            verdict,
            Verdict::Done(_) | Verdict::Refused { .. } | Verdict::Busy { .. }
        ) {
            self.heard_at = Some(self.run.clock.monotonic());
        }
        match verdict {
            Verdict::Done(reply) => {
                if let Some(text) = self.graph.refused(item, &reply.body) {
                    let evidence = evidence(
                        EvidenceKind::Answered,
                        Some(reply.status),
                        reply.request_id.clone(),
                    );
                    let error = refused_in_body(reply.status, &text);
                    self.refused(item, intent_at, StatusCode::CONFLICT, evidence, error)
                        .await;
                    return;
                }
                let Some(result) = self.graph.result(item, &reply.body) else {
                    self.look_later(
                        item,
                        attempt,
                        path,
                        intent_at,
                        "GitLab's answer could not be read",
                    );
                    return;
                };
                let evidence = evidence(
                    EvidenceKind::Answered,
                    Some(reply.status),
                    reply.request_id.clone(),
                );
                self.step_done(item, evidence, result).await;
            }
            Verdict::Refused { refusal, error } => {
                let evidence = answered(&refusal);
                self.refused(item, intent_at, refusal.status, evidence, error)
                    .await;
            }
            Verdict::Unauthorized(refusal) => {
                let evidence = answered(&refusal);
                self.put_back(item, Counts::No, Some(evidence), None).await;
                self.end.get_or_insert(End::Pause(WAITS_FOR_LOGIN.into()));
            }
            Verdict::Throttled => {
                // Not an attempt; the budget has learned how long to wait.
                let evidence = evidence(EvidenceKind::Answered, Some(StatusCode::TOO_MANY_REQUESTS), None);
                self.put_back(item, Counts::No, Some(evidence), Some(Duration::ZERO))
                    .await;
            }
            Verdict::Busy { refusal, error } => {
                let evidence = answered(&refusal);
                if self.graph.tries(item) >= MAX_ATTEMPTS {
                    self.end_item(item, ItemEvent::Refused, Some(evidence), |change| {
                        change.error = Some(error);
                    })
                    .await;
                } else {
                    self.put_back(
                        item,
                        Counts::Yes,
                        Some(evidence),
                        Some(pause_before(self.graph.tries(item))),
                    )
                    .await;
                }
            }
            Verdict::NotSent(error) => {
                let now = self.run.clock.monotonic();
                let since = *self.unreachable_since.get_or_insert(now);
                let evidence = evidence(EvidenceKind::NotSent, None, None);
                let gone = u32::try_from((now.saturating_sub(since)).as_secs()).unwrap_or(u32::MAX);
                self.put_back(item, Counts::No, Some(evidence), Some(pause_before(gone.max(1))))
                    .await;
                if now.saturating_sub(since) > GONE_FOR_TOO_LONG {
                    self.end.get_or_insert(End::Broke(unreachable(&format!(
                        "GitLab was out of reach for too long ({error})"
                    ))));
                }
            }
            Verdict::Withheld => {
                // Lease or freshness ran out between the commit of the intent and the sending.
                let evidence = evidence(EvidenceKind::NotSent, None, None);
                self.put_back(item, Counts::No, Some(evidence), Some(Duration::ZERO))
                    .await;
            }
            Verdict::Unknown { why } => self.look_later(item, attempt, path, intent_at, &why),
        }
    }

    /// GitLab has not done it and will not: the item fails, unless what it was to make is there meanwhile.
    pub(super) async fn refused(
        &mut self,
        item: u32,
        intent_at: Timestamp,
        status: StatusCode,
        evidence: Evidence,
        error: domain::ItemError,
    ) {
        if self.run.job.options.skip_existing && self.graph.may_exist_since(item, status) {
            // What GitLab said is on disk before anything else: a process that dies while looking
            // sends again and is refused again, instead of leaving a doubt to a person.
            self.writer.record(Some(evidence), None).await;
            self.look(item, Question::Find { intent_at, error });
            return;
        }
        if self.graph.done_if_refused(item, status) {
            // A process that dies while looking leaves an open intent, which is settled by the same look.
            self.look(
                item,
                Question::Done {
                    intent_at,
                    evidence,
                    error,
                },
            );
            return;
        }
        self.end_item(item, ItemEvent::Refused, Some(evidence), |change| {
            change.error = Some(error);
        })
        .await;
    }

    /// Nobody knows what became of the item: it lets siblings go on while it is looked for.
    pub(super) fn look_later(
        &mut self,
        item: u32,
        attempt: u32,
        path: &ApiPath,
        intent_at: Timestamp,
        why: &str,
    ) {
        tracing::warn!(job = %self.run.job.id, item, %path, why, "an answer was lost; looking what became of it");
        self.schedule.landed(item, false);
        self.settle_later(item, attempt, self.graph.step(item), intent_at);
    }
}
