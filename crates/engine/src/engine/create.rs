//! Making jobs.

use domain::{Job, JobId, JobOptions, Origin, Problem, Problems};
use serde_json::value::to_raw_value;
use storage::{Created, Idempotency, NewItem, NewJob};
use uuid::Uuid;

use super::{Actor, Engine, JobError};
use crate::events::What;
use crate::expand::JobSource;
use crate::operation::ValidItem;
use crate::secrets::SealedError;

/// A job to be made.
#[derive(Debug)]
pub struct JobRequest {
    /// `bulk_create_groups` …, or `mixed`.
    pub kind: String,
    /// What it is made of.
    pub source: JobSource,
    /// How it is to be run.
    pub options: JobOptions,
    /// Who may run it.
    pub origin: Origin,
    /// Start it by itself once it is planned.
    pub start: bool,
    /// Makes creating it repeatable.
    pub idempotency: Option<Idempotency>,
    /// The job whose failed items it runs again.
    pub retry_of: Option<JobId>,
    /// The job that it reverses.
    pub undo_of: Option<JobId>,
}

impl Engine {
    /// Remembers a job as `planning`, with all its items. Nothing is asked of GitLab yet.
    ///
    /// # Errors
    /// `Invalid` without items or with options that cannot be; `IdempotencyConflict`.
    pub async fn create_job(&self, request: JobRequest, actor: &Actor) -> Result<Job, JobError> {
        check_request(&request).into_result()?;
        let parts = &self.inner.parts;
        let id = JobId(self.new_id());
        let mut inputs = None;
        let (items, expanded_later) = match request.source {
            JobSource::Items(items) => (self.new_items(items)?, None),
            JobSource::Rows(items, tables) => {
                inputs = Some(to_raw_value(&tables).map_err(SealedError::from)?);
                (self.new_items(items)?, None)
            }
            JobSource::Request(request) => {
                let sealed = self.inner.secrets.seal_request(id, &request);
                (Vec::new(), Some(sealed.map_err(SealedError::from)?))
            }
        };
        let dry_run = request.options.dry_run;
        let new = NewJob {
            id,
            kind: request.kind,
            origin: request.origin,
            owner: actor.user.clone(),
            username: actor.username.clone(),
            options: request.options,
            retry_of: request.retry_of,
            undo_of: request.undo_of,
            autostart: request.start && !dry_run,
            request: expanded_later,
            inputs,
            idempotency: request.idempotency,
            quota: self.inner.quota.get().copied(),
        };
        match parts.storage.create_job(new, items).await? {
            Created::New(job) => {
                self.inner.events.tell_job(&job, What::Created);
                Ok(job)
            }
            Created::Existing(job) => Ok(job),
        }
    }

    /// Items as they are stored: in order, with what is secret sealed.
    pub(super) fn new_items(&self, items: Vec<ValidItem>) -> Result<Vec<NewItem>, JobError> {
        let sealed = new_items(items).map(|item| self.inner.secrets.seal(item));
        let sealed: serde_json::Result<Vec<NewItem>> = sealed.collect();
        Ok(sealed.map_err(SealedError::from)?)
    }

    /// A UUID of version 7 from the clock we were given.
    pub(super) fn new_id(&self) -> Uuid {
        let millis = u64::try_from(self.now().as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
    }
}

fn new_items(items: Vec<ValidItem>) -> impl Iterator<Item = NewItem> {
    (0_u32..).zip(items).map(|(index, item)| NewItem {
        index,
        operation: item.operation,
        target: item.label.unwrap_or_else(|| item.target.to_string()),
        source: item.source,
        params: item.params,
        expects: item.expects,
        input: item.input,
    })
}

fn check_request(request: &JobRequest) -> Problems {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, allowed: &str, message: &str| {
        let mut problem = Problem::new(message).allowed(allowed);
        problem.field = Some(field.to_owned());
        problems.push(problem);
    };
    if matches!(&request.source, JobSource::Items(items) | JobSource::Rows(items, _) if items.is_empty()) {
        wrong("items", "at least one item", "there is nothing to do");
    }
    let options = &request.options;
    problems.extend(crate::limits::problems(options));
    Problems(problems)
}
