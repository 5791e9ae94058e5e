//! A job in the foreground: planned, agreed to, run to its end, and paused by Ctrl-C.

mod consent;
mod lock;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io::Write;
use std::time::Duration;

use config::{Config, Purpose};
use domain::{Action, ItemStatus, Job, JobId, JobStatus, Origin};
use engine::WAITS_FOR_LOGIN;
use futures::FutureExt;
use storage::{ItemFilter, ItemPage, Items, Jobs};

pub(crate) use consent::{Consent, somebody_is_there};
pub(crate) use lock::JobLock;

use crate::composition::{Composition, Connection, compose};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::interrupts::Interrupts;
use crate::output::plan::Counts;
use crate::output::progress::Progress;
use crate::output::results;
use crate::output::source::Source;
use crate::output::waits::Waits;
use crate::output::{Output, colour, items, job, plan, summary, talk};
use crate::program::Program;
use crate::retention;

/// Items of each action that are shown before asking.
pub(crate) const SHOWN_BEFORE_ASKING: u32 = 5;
/// How long to wait for a job whose runner gave its place up without saying until when.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Everything that running jobs takes.
pub(crate) struct Desk {
    pub(crate) config: Config,
    pub(crate) composition: Composition,
    pub(crate) connection: Connection,
    pub(crate) output: Output,
    pub(crate) program: Program,
    pub(crate) interrupts: Interrupts,
}

impl Desk {
    /// Checks the configuration, opens the database and asks GitLab who we are and whether we may change things.
    ///
    /// # Errors
    /// One of these is not possible.
    pub(crate) async fn open(context: &Context) -> Result<Self, Failure> {
        Self::for_changes(context.config(Purpose::Command)?, context).await
    }

    /// With a configuration that was checked already, for looking only.
    ///
    /// # Errors
    /// The database cannot be opened, or GitLab does not answer or does not know us.
    pub(crate) async fn with_config(config: Config, context: &Context) -> Result<Self, Failure> {
        let composition = compose(&config, context.clock(), "cli").await?;
        retention::purge(&*composition.storage, &*composition.clock, config.jobs.retention).await;
        let connection = composition.connect(&config).await?;
        Ok(Self {
            config,
            composition,
            connection,
            output: *context.output(),
            program: context.program().clone(),
            interrupts: context.interrupts().clone(),
        })
    }

    /// As [`Desk::with_config`], for changing things: also asks whether the token lets us.
    ///
    /// # Errors
    /// Also when the token's scopes do not let it write.
    pub(crate) async fn for_changes(config: Config, context: &Context) -> Result<Self, Failure> {
        let desk = Self::with_config(config, context).await?;
        desk.connection.check_token(desk.composition.clock.now()).await?;
        Ok(desk)
    }

    /// Takes the lock of a job.
    ///
    /// # Errors
    /// Another process runs it.
    pub(crate) fn lock(&self, job: JobId) -> Result<JobLock, Failure> {
        JobLock::take(&self.config.data.locks(), job, &self.program)
    }

    /// A job that the command line may run.
    ///
    /// # Errors
    /// It is not ours, or a server's.
    pub(crate) async fn job(&self, id: JobId) -> Result<Job, Failure> {
        let job = self.composition.engine.job(id, &self.connection.actor).await?;
        let record = self.composition.storage.job(id).await?;
        if record.is_some_and(|record| record.origin == Origin::Server) {
            return Err(Failure::conflict(format!(
                "job {id} belongs to a server, which runs it itself"
            )));
        }
        Ok(job)
    }

    /// Compares a claimed job with GitLab.
    ///
    /// # Errors
    /// GitLab or the database failed, or Ctrl-C: the job stays as it is and can be resumed.
    pub(crate) async fn plan(&self, id: JobId) -> Result<Job, Failure> {
        let engine = &self.composition.engine;
        let (lease, job) = engine.claim_job(id, &self.connection.actor).await?;
        talk::say(&match job.total {
            // Made of a question: its items are not known yet.
            0 => format!("Looking at {} …", job.gitlab_url),
            total => format!("Comparing {} with {} …", items(total), job.gitlab_url),
        });
        let planned = engine.plan(&lease, &job, &self.connection.gitlab);
        let mut waits = Waits::default();
        tokio::select! {
            planned = planned => {
                let planned = planned?;
                if let Some(line) = waits.end() {
                    talk::say(&line);
                }
                Ok(planned)
            }
            () = self.interrupts.first() => Err(Failure::interrupted("stopped before anything was sent")
                .advise(format!("go on with: {} jobs resume {id}", self.program))),
            never = self.tell_waiting(id, &mut waits) => match never {},
        }
    }

    /// Says what a job waits for that shows no progress, for as long as it is polled.
    async fn tell_waiting(&self, id: JobId, waits: &mut Waits) -> Infallible {
        loop {
            self.composition.clock.sleep(A_MOMENT).await;
            // It is only said; whoever plans notices when the database is gone.
            let Ok(Some(record)) = self.composition.storage.job(id).await else {
                continue;
            };
            let now = self.composition.clock.now();
            let waiting = record.job.waiting_until.zip(record.job.waiting_reason);
            if let Some(line) = waits.line(now, waiting) {
                talk::say(&line);
            }
        }
    }

    /// Plans a job and says what it would do.
    ///
    /// # Errors
    /// It could not be planned.
    pub(crate) async fn show_plan(&self, id: JobId) -> Result<(Job, Counts), Failure> {
        let planned = self.plan(id).await?;
        let counts = Counts::of(self, id).await?;
        let few = SHOWN_BEFORE_ASKING;
        let text = plan::describe(self, &planned, counts, few, talk::is_coloured()).await?;
        talk::say(text.trim_end());
        if counts.changes() == 0 {
            talk::say("Nothing to change.");
        }
        Ok((planned, counts))
    }

    /// Plans a job that is not planned, asks whether to run it, runs it, and says how it ended.
    ///
    /// # Errors
    /// It could not be planned or run, or nobody agreed.
    pub(crate) async fn carry_out(
        &self,
        id: JobId,
        lock: JobLock,
        consent: &Consent,
    ) -> Result<Exit, Failure> {
        let (planned, counts) = self.show_plan(id).await?;
        // One that starts by itself (a retry) was agreed to when it was made.
        if planned.status == JobStatus::Planned {
            if counts.changes() > 0 {
                consent.ask(&planned, counts, self, &self.interrupts).await?;
            }
            // Agreeing was typing it.
            let typed = planned.confirmation.as_deref();
            self.composition
                .engine
                .start(id, typed, &self.connection.actor)
                .await?;
        }
        self.run(id, lock).await
    }

    /// Runs a job that is pending (or was left running by a dead process) to its end.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn run(&self, id: JobId, lock: JobLock) -> Result<Exit, Failure> {
        let began = self.composition.clock.monotonic();
        let mut job = self.one_run(id).await?;
        // A job that would wait for minutes gives its place up; in the foreground we wait and take it again.
        while job.status == JobStatus::Pending && !self.interrupts.came() {
            self.wait_for(&job).await;
            job = self.composition.engine.job(id, &self.connection.actor).await?;
            if job.status == JobStatus::Pending && !self.interrupts.came() {
                job = self.one_run(id).await?;
            }
        }
        if job.status == JobStatus::Pending {
            job = self.composition.engine.pause(id, &self.connection.actor).await?;
        }
        if matches!(job.status, JobStatus::Completed | JobStatus::Cancelled) {
            lock.remove();
        }
        let took = self.composition.clock.monotonic().saturating_sub(began);
        report(self, self.output, &job, took).await?;
        Ok(exit_of(&job, self.interrupts.came()))
    }

    async fn one_run(&self, id: JobId) -> Result<Job, Failure> {
        let engine = &self.composition.engine;
        let (lease, job) = engine.claim_job(id, &self.connection.actor).await?;
        let stopping = tokio_util::sync::CancellationToken::new();
        let mut progress = Progress::of(&job, &self.composition.clock);
        let work = engine.work(lease, job, self.connection.gitlab.clone(), stopping.clone());
        let mut work = std::pin::pin!(work);
        let mut asked_to_stop = false;
        loop {
            tokio::select! {
                result = &mut work => return Ok(result?),
                () = self.composition.clock.sleep(progress.interval()) => {
                    if let Some(record) = self.composition.storage.job(id).await? {
                        progress.show(&record.job);
                    }
                }
                () = self.interrupts.first(), if !asked_to_stop => {
                    asked_to_stop = true;
                    talk::say("Pausing: requests under way are finished first. Again to stop at once, which is safe too.");
                    if let Err(error) = engine.pause(id, &self.connection.actor).await {
                        tracing::warn!(%error, "the job could not be paused; stopping without");
                        stopping.cancel();
                    }
                }
            }
        }
    }

    /// Waits until a job may go on, somebody changes it, or Ctrl-C.
    async fn wait_for(&self, job: &Job) {
        let now = self.composition.clock.now();
        let until = job
            .waiting_until
            .into_iter()
            .chain(job.options.not_before)
            .max()
            .unwrap_or(now);
        let mut progress = Progress::of(job, &self.composition.clock);
        // By the clock, and not by counting: a machine that sleeps meanwhile has waited, too.
        let until = until.max(now.plus(A_MOMENT));
        while !self.interrupts.came() {
            let left = until.since(self.composition.clock.now());
            if left.is_zero() {
                return;
            }
            futures::select_biased! {
                () = self.interrupts.first().fuse() => return,
                () = self.composition.clock.sleep(left.min(A_MOMENT)).fuse() => {}
            }
            match self.composition.storage.job(job.id).await {
                Ok(Some(record)) if record.job.status == JobStatus::Pending => progress.show(&record.job),
                _ => return,
            }
        }
    }
}

impl Source for Desk {
    async fn page(&self, job: JobId, filter: &ItemFilter) -> Result<ItemPage, Failure> {
        Ok(self.composition.storage.items(job, filter).await?)
    }

    async fn counts(&self, job: JobId) -> Result<Vec<(Option<Action>, ItemStatus, u32)>, Failure> {
        Ok(self.composition.storage.count_items(job).await?)
    }

    fn program(&self) -> &Program {
        &self.program
    }
}

/// Prints the job as it ended: words for people, the job itself for programs.
///
/// # Errors
/// Its items cannot be had, or nobody reads it.
pub(crate) async fn report(
    source: &impl Source,
    output: Output,
    job: &Job,
    took: Duration,
) -> Result<(), Failure> {
    if !output.is_text() {
        return job::write_job(output, job);
    }
    let text = summary::describe(source, job, took, colour::on_stdout()).await?;
    let mut out = results();
    write!(out, "{text}")?;
    if job.status == JobStatus::Completed && job.skipped_count == job.total {
        writeln!(out, "Nothing was changed: everything is there already.")?;
    }
    Ok(out.flush()?)
}

/// How the program ends after this job.
pub(crate) fn exit_of(job: &Job, interrupted: bool) -> Exit {
    let failed = job.failure_count + job.unconfirmed_count > 0;
    match job.status {
        JobStatus::Completed if !failed => Exit::Done,
        JobStatus::Completed => Exit::SomeFailed,
        JobStatus::Failed => match job.error.as_ref().map(|error| error.code.as_str()) {
            Some("GITLAB_UNREACHABLE" | "GITLAB_TIMEOUT") => Exit::Unreachable,
            Some("UNAUTHORIZED" | "FORBIDDEN") => Exit::NotPermitted,
            _ => Exit::SomeFailed,
        },
        JobStatus::Paused if interrupted => Exit::Interrupted,
        JobStatus::Paused if job.waiting_reason.as_deref() == Some(WAITS_FOR_LOGIN) => {
            talk::error("GITLAB_TOKEN has expired or was revoked; give a new one and resume the job");
            Exit::NotPermitted
        }
        // By one of its limits.
        JobStatus::Paused if failed => Exit::SomeFailed,
        _ => Exit::Interrupted,
    }
}
