use domain::{Job, JobId, JobOptions, JobStatus, JobUser, Origin, Timestamp};
use serde_json::value::RawValue;
use sqlx::FromRow;

use crate::database::counts::Counts;
use crate::database::failure::Cell;
use crate::{JobRecord, Result};

/// The columns of [`JobRow`], as literal text.
macro_rules! columns {
    () => {
        "number, id, kind, origin, instance, user_id, username, options, retry_of, undo_of, status, version, \
         total, progress, success_count, failure_count, skipped_count, unconfirmed_count, created_at, \
         updated_at, started_at, finished_at, estimated_completion, items_per_second, waiting_until, \
         waiting_reason, error, epoch, autostart, request, confirmation, verified_at, planned_at, \
         resumed_at, inputs, verify_error"
    };
}
pub(super) use columns;

/// A job as the database has it.
#[derive(FromRow)]
pub(super) struct JobRow {
    pub(super) number: i64,
    id: String,
    kind: String,
    origin: String,
    instance: String,
    user_id: i64,
    username: String,
    options: String,
    retry_of: Option<String>,
    undo_of: Option<String>,
    status: String,
    version: i64,
    total: i64,
    progress: i64,
    success_count: i64,
    failure_count: i64,
    skipped_count: i64,
    unconfirmed_count: i64,
    created_at: i64,
    updated_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    estimated_completion: Option<i64>,
    items_per_second: Option<f64>,
    waiting_until: Option<i64>,
    waiting_reason: Option<String>,
    error: Option<String>,
    pub(super) epoch: i64,
    autostart: bool,
    request: Option<Box<str>>,
    confirmation: Option<String>,
    verified_at: Option<i64>,
    planned_at: Option<i64>,
    resumed_at: Option<i64>,
    inputs: Option<Box<str>>,
    verify_error: Option<String>,
}

impl JobRow {
    fn cell(&self, column: &'static str) -> Cell<'_> {
        Cell {
            table: "jobs",
            column,
            row: &self.id,
        }
    }

    fn reference(&self, column: &'static str, id: Option<&String>) -> Result<Option<JobId>> {
        id.map(|id| self.cell(column).known(id.parse().ok())).transpose()
    }

    fn raw(&self, column: &'static str, text: Box<str>) -> Result<Box<RawValue>> {
        self.cell(column).known(RawValue::from_string(text.into()).ok())
    }

    /// Follows a change of the counts that was made after the row was read.
    pub(super) fn count(&mut self, change: Counts) {
        self.progress += change.progress;
        self.success_count += change.success;
        self.failure_count += change.failure;
        self.skipped_count += change.skipped;
        self.unconfirmed_count += change.unconfirmed;
    }

    pub(super) fn status(&self) -> Result<JobStatus> {
        self.cell("status").known(JobStatus::from_name(&self.status))
    }

    pub(super) fn job(self) -> Result<Job> {
        let user_id = self.user_id.cast_unsigned();
        Ok(Job {
            id: self.cell("id").known(self.id.parse().ok())?,
            status: self.status()?,
            version: self.cell("version").number(self.version)?,
            total: self.cell("total").number(self.total)?,
            progress: self.cell("progress").number(self.progress)?,
            success_count: self.cell("success_count").number(self.success_count)?,
            failure_count: self.cell("failure_count").number(self.failure_count)?,
            skipped_count: self.cell("skipped_count").number(self.skipped_count)?,
            unconfirmed_count: self.cell("unconfirmed_count").number(self.unconfirmed_count)?,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            started_at: self.started_at.map(Timestamp::from_millis),
            finished_at: self.finished_at.map(Timestamp::from_millis),
            estimated_completion: self.estimated_completion.map(Timestamp::from_millis),
            items_per_second: self.items_per_second,
            waiting_until: self.waiting_until.map(Timestamp::from_millis),
            user_id,
            gitlab_url: self.cell("instance").known(self.instance.parse().ok())?,
            options: self.cell("options").json::<JobOptions>(&self.options)?,
            verified_at: self.verified_at.map(Timestamp::from_millis),
            verification_error: self
                .cell("verify_error")
                .optional_json(self.verify_error.as_deref())?,
            error: self.cell("error").optional_json(self.error.as_deref())?,
            retry_of: self.reference("retry_of", self.retry_of.as_ref())?,
            undo_of: self.reference("undo_of", self.undo_of.as_ref())?,
            waiting_reason: self.waiting_reason,
            confirmation: self.confirmation,
            user: JobUser {
                id: user_id,
                username: self.username,
            },
            kind: self.kind,
        })
    }

    pub(super) fn record(mut self) -> Result<JobRecord> {
        let origin = [Origin::Cli, Origin::Server]
            .into_iter()
            .find(|origin| origin.name() == self.origin);
        let request = self.request.take();
        let request = request.map(|text| self.raw("request", text)).transpose()?;
        let inputs = self.inputs.take();
        let inputs = inputs.map(|text| self.raw("inputs", text)).transpose()?;
        Ok(JobRecord {
            origin: self.cell("origin").known(origin)?,
            autostart: self.autostart,
            request,
            inputs,
            planned_at: self.planned_at.map(Timestamp::from_millis),
            resumed_at: self.resumed_at.map(Timestamp::from_millis),
            job: self.job()?,
        })
    }
}
