//! A job that a server runs, watched from here: planned, agreed to, followed to its end, and paused by Ctrl-C.

use std::time::Duration;

use domain::{Job, JobId, JobStatus};

use super::{Remote, failure};
use crate::failure::{Exit, Failure};
use crate::foreground::{self, Consent};
use crate::output::items;
use crate::output::plan::{self, Counts};
use crate::output::progress::Progress;
use crate::output::talk;

/// How soon a job is looked at again: at first at once, then ever more rarely while nothing moves.
const SOONEST: Duration = Duration::from_millis(100);
const LATEST: Duration = Duration::from_secs(2);
/// After so long without a verdict a server is asked again to look what a job did: one that was killed meanwhile has
/// forgotten it, another takes no notice.
const ASKED_AGAIN: Duration = Duration::from_secs(5);
/// A server that restarts is back by then.
const WAITS: [Duration; 5] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

impl Remote {
    /// A job as it stands, from a server that may be restarting.
    ///
    /// # Errors
    /// It does not come back, or refuses.
    async fn look(&self, id: JobId) -> Result<Job, Failure> {
        let mut waits = WAITS.into_iter();
        loop {
            match (self.job(id).await, waits.next()) {
                (Err(failure), Some(wait)) if failure.exit() == Exit::Unreachable => {
                    talk::warn(&format!("{failure}; asking again"));
                    tokio::select! {
                        () = self.clock.sleep(wait) => {}
                        () = self.interrupts.first() => return Err(failure),
                    }
                }
                (answer, _) => return answer,
            }
        }
    }

    /// Looks at a job until `done` says that it is as awaited; shows how it gets on.
    ///
    /// # Errors
    /// The server is gone.
    async fn until(
        &self,
        id: JobId,
        interruptible: bool,
        done: impl Fn(&Job) -> bool,
    ) -> Result<Result<Job, Job>, Failure> {
        let mut job = self.look(id).await?;
        let mut progress = Progress::of(&job, &self.clock);
        let mut wait = SOONEST;
        while !done(&job) {
            tokio::select! {
                () = self.clock.sleep(wait) => {}
                () = self.interrupts.first(), if interruptible => return Ok(Err(job)),
            }
            let now = self.look(id).await?;
            wait = if now.version == job.version {
                (wait * 2).min(LATEST)
            } else {
                SOONEST
            };
            job = now;
            progress.show(&job);
        }
        Ok(Ok(job))
    }

    /// Waits until a job is planned.
    ///
    /// # Errors
    /// It could not be planned, the server is gone, or Ctrl-C.
    pub(crate) async fn planned(&self, id: JobId) -> Result<Job, Failure> {
        let job = self.look(id).await?;
        talk::say(&match job.total {
            0 => format!("Looking at {} …", job.gitlab_url),
            total => format!("Comparing {} with {} …", items(total), job.gitlab_url),
        });
        let Ok(job) = self
            .until(id, true, |job| job.status != JobStatus::Planning)
            .await?
        else {
            return Err(
                Failure::interrupted("stopped before anything was sent").advise(format!(
                    "the server goes on planning: {} jobs show {id}",
                    self.program
                )),
            );
        };
        if job.status == JobStatus::Failed {
            let said = job.error.as_ref();
            let message = said.map_or("the job could not be planned", |error| error.message.as_str());
            return Err(Failure::Other {
                exit: foreground::exit_of(&job, false),
                code: "CONFLICT",
                message: message.to_owned(),
                advice: None,
            });
        }
        Ok(job)
    }

    /// Waits for a plan, asks whether to run it, and follows it to its end.
    ///
    /// # Errors
    /// It could not be planned, nobody agreed, or the server is gone.
    pub(crate) async fn carry_out(&self, id: JobId, consent: &Consent) -> Result<Exit, Failure> {
        let (planned, counts) = self.show_plan(id).await?;
        // One that starts by itself (a retry) was agreed to when it was made.
        if planned.status == JobStatus::Planned {
            if counts.changes() > 0 {
                consent.ask(&planned, counts, self, &self.interrupts).await?;
            }
            // Agreeing was typing it.
            self.start(id, planned.confirmation.as_deref()).await?;
        }
        self.follow(id).await
    }

    /// Waits for a plan and says what it would do.
    ///
    /// # Errors
    /// It could not be planned, or the server is gone.
    pub(crate) async fn show_plan(&self, id: JobId) -> Result<(Job, Counts), Failure> {
        let planned = self.planned(id).await?;
        let counts = Counts::of(self, id).await?;
        let few = foreground::SHOWN_BEFORE_ASKING;
        let text = plan::describe(self, &planned, counts, few, talk::is_coloured()).await?;
        talk::say(text.trim_end());
        if counts.changes() == 0 {
            talk::say("Nothing to change.");
        }
        Ok((planned, counts))
    }

    /// Follows a job until it ends or waits for a person; Ctrl-C pauses it.
    ///
    /// # Errors
    /// The server is gone.
    pub(crate) async fn follow(&self, id: JobId) -> Result<Exit, Failure> {
        let began = self.clock.monotonic();
        let job = match self.until(id, true, rests).await? {
            Ok(job) => job,
            Err(_) => {
                talk::say(
                    "Pausing: requests under way are finished first. Again to stop at once; the job then goes on at the server.",
                );
                match self.pause(id).await {
                    Ok(_) => {}
                    // It has ended meanwhile.
                    Err(failure) if failure.exit() == Exit::Wrong => {}
                    Err(failure) => return Err(failure),
                }
                self.until(id, false, rests).await?.unwrap_or_else(|job| job)
            }
        };
        let took = self.clock.monotonic().saturating_sub(began);
        foreground::report(self, self.output, &job, took).await?;
        Ok(foreground::exit_of(&job, self.interrupts.came()))
    }

    /// Watches a job until it ends or waits for a person; Ctrl-C ends the watching.
    ///
    /// # Errors
    /// The server is gone.
    pub(crate) async fn watch(&self, id: JobId) -> Result<Option<Job>, Failure> {
        let moves = |job: &Job| {
            matches!(
                job.status,
                JobStatus::Planning | JobStatus::Pending | JobStatus::Running
            )
        };
        Ok(self.until(id, true, |job| !moves(job)).await?.ok())
    }

    /// Waits until what a job did was looked at again.
    ///
    /// # Errors
    /// It could not be looked at, the server is gone, or Ctrl-C.
    pub(crate) async fn verified(&self, before: &Job) -> Result<Job, Failure> {
        let done = |job: &Job| job.verified_at > before.verified_at || job.verification_error.is_some();
        let waited = loop {
            tokio::select! {
                waited = self.until(before.id, true, done) => break waited?,
                () = self.clock.sleep(ASKED_AGAIN) => {}
            }
            match self.verify(before.id).await {
                Err(failure) if failure.exit() != Exit::Unreachable => return Err(failure),
                _ => {}
            }
        };
        let job = waited.map_err(|_| Failure::interrupted("stopped waiting; the server goes on looking"))?;
        let Some(error) = &job.verification_error else {
            return Ok(job);
        };
        let (code, exit) = failure::known(&error.code).unwrap_or(("INTERNAL_ERROR", Exit::SomeFailed));
        Err(Failure::Other {
            exit,
            code,
            message: error.message.clone(),
            advice: None,
        })
    }
}

/// Whether a job goes no further by itself.
fn rests(job: &Job) -> bool {
    job.status.has_ended()
        || matches!(
            job.status,
            JobStatus::Paused | JobStatus::Planned | JobStatus::Failed
        )
}
