//! One attempt of one item: budget, intent, lease, GitLab.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use domain::Timestamp;
use futures::future::{self, Either};
use gitlab_api::ApiPath;
use gitlab_client::{Answer, GitlabError, Lane, WriteRequest};
use storage::Intent;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::graph::Begun;
use super::landed::{Attempted, Landed};
use super::ledger_writer::{LedgerWriter, Stop, running};
use super::{Run, SEND_WITHIN};
use crate::failpoint;
use crate::operation::Call;

/// An item has its budget.
pub(super) struct Admission {
    pub(super) item: u32,
    /// How long its intent had been on disk by then; `None` when it is committed only now.
    pub(super) ready_for: Option<Duration>,
}

/// What an attempt is made with.
pub(super) struct Attempt {
    pub(super) run: Arc<Run>,
    pub(super) writer: LedgerWriter,
    pub(super) lease_deadline: Arc<AtomicU64>,
    /// Told when the item has its budget.
    pub(super) admissions: mpsc::UnboundedSender<Admission>,
    /// Cancelled when nothing may begin any more. An item that has begun is finished all the same: half of it
    /// done may be what nobody wants.
    pub(super) no_more: CancellationToken,
    /// Those under the item's parents, in the order in which they are taken.
    pub(super) places: [Option<Arc<Semaphore>>; 2],
    pub(super) item: u32,
    pub(super) begun: Begun,
    /// The intent is committed before a place is waited for, so that no place stands empty meanwhile. Only where
    /// nothing else is waited for: an intent is to be moments older than its request.
    pub(super) early: bool,
}

/// An intent: when it was made, and whether it is on disk.
type Written = (Timestamp, Result<(), Stop>);

impl Attempt {
    /// Sends the call, unless something is in the way.
    pub(super) async fn make(self, call: Call) -> Landed {
        let Call {
            method,
            path,
            query,
            body,
        } = call;
        let admitted = AtomicBool::new(false);
        let written = OnceLock::new();
        let request = WriteRequest {
            body: (!body.is_null()).then_some(body),
            ..WriteRequest::new(method, path.as_str())
        }
        .query(&query);
        let answer = match request {
            Ok(request) => {
                let span = tracing::debug_span!("item", index = self.item);
                let sending = self.send(&request, &path, &admitted, &written);
                sending.instrument(span).await
            }
            // Names and values: always encodable.
            Err(error) => Answer::NotSent(error),
        };
        let admitted = admitted.into_inner();
        let (intent_at, outcome) = match written.into_inner() {
            Some((at, Ok(()))) if admitted => (at, Attempted::Answered(answer)),
            Some((at, Ok(()))) => (at, Attempted::Withheld(answer)),
            Some((at, Err(stop))) => (at, Attempted::Stopped(stop)),
            None => (self.run.clock.now(), Attempted::NotBegun(answer)),
        };
        Landed::Attempted {
            item: self.item,
            attempt: self.begun.sending,
            path,
            intent_at,
            admitted,
            outcome,
        }
    }

    async fn send(
        &self,
        request: &WriteRequest,
        path: &ApiPath,
        admitted: &AtomicBool,
        written: &OnceLock<Written>,
    ) -> Answer {
        let withheld = || Answer::NotSent(GitlabError::Withheld);
        let mut ready_at = None;
        if self.early {
            if !self.intend(request, path, written).await {
                return withheld();
            }
            ready_at = Some(self.run.clock.monotonic());
        }
        // Given back with the answer.
        let place = OnceLock::new();
        // Awaited at most once, directly before the bytes leave.
        let before = async {
            // Only now: whoever waits for a budget of its own keeps nobody else from writing.
            let mut taken = [None, None];
            for (taken, places) in taken.iter_mut().zip(&self.places) {
                if let Some(places) = places {
                    // They are never closed.
                    *taken = Some(places.acquire().await);
                }
            }
            let _ = place.set(taken);
            if self.is_too_late() {
                return false;
            }
            admitted.store(true, Ordering::Relaxed);
            let ready_for = ready_at.map(|at| self.run.clock.monotonic().saturating_sub(at));
            // The other end is gone only when the runner is.
            let _ = self.admissions.send(Admission {
                item: self.item,
                ready_for,
            });
            if !self.early && !self.intend(request, path, written).await {
                return false;
            }
            self.may_leave(written)
        };
        let sending = std::pin::pin!(self.run.gitlab.send_after(request, Lane::Jobs, before));
        let given_up = std::pin::pin!(async {
            self.no_more.cancelled().await;
            if !self.is_too_late() || admitted.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        });
        match future::select(sending, given_up).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => withheld(),
        }
    }

    /// Commits the intent. `false` when it cannot be.
    async fn intend(&self, request: &WriteRequest, path: &ApiPath, written: &OnceLock<Written>) -> bool {
        if self.is_too_late() {
            return false;
        }
        let at = self.run.clock.now();
        let intent = Intent {
            item: self.item,
            attempt: self.begun.sending,
            call: self.begun.step,
            method: request.method.name(),
            path: path.to_string(),
            at,
        };
        let change = running(self.item, self.begun.step, self.begun.attempts, at);
        let outcome = self.writer.intend(intent, change).await;
        let _ = written.set((at, outcome));
        if outcome.is_ok() {
            self.run.settings.failpoints.pass(failpoint::AFTER_INTENT).await;
        }
        outcome.is_ok()
    }

    /// Whether the item would begin when nothing may begin any more.
    fn is_too_late(&self) -> bool {
        self.begun.step == 0 && self.no_more.is_cancelled()
    }

    /// Is the job still ours, and the intent still fresh?
    fn may_leave(&self, written: &OnceLock<Written>) -> bool {
        let now = u64::try_from(self.run.clock.monotonic().as_micros()).unwrap_or(u64::MAX);
        let fresh = written
            .get()
            .is_some_and(|(at, _)| self.run.clock.now().since(*at) < SEND_WITHIN);
        fresh && now < self.lease_deadline.load(Ordering::Relaxed)
    }
}
