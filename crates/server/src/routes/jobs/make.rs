use std::sync::Arc;

use domain::{Job, JobEvent, JobOptions, Origin, Problem, Problems};
use engine::import::{Imported, read_body};
use engine::manifest::{self, Manifest};
use engine::selection::Selection;
use engine::{JobRequest, JobSource};
use serde_json::Value;
use storage::Idempotency;

use super::{options, select};
use crate::app::App;
use crate::auth::Session;
use crate::error::{ApiError, Result};

/// A job as a body asks for it.
pub(in crate::routes) struct Making<'a> {
    pub(in crate::routes) kind: &'a str,
    /// `{"items":[…]}`, the list by its own name, `{"selector":…,"parameters":{…}}`, or for the type
    /// `manifest` `{"manifest":…}`.
    pub(in crate::routes) data: Value,
    pub(in crate::routes) options: Option<Value>,
    pub(in crate::routes) start: Option<Value>,
    pub(in crate::routes) idempotency: Option<Idempotency>,
}

/// Makes a job of a body, and says of how many items. Nothing is asked of GitLab yet.
///
/// # Errors
/// 400 with every problem.
pub(in crate::routes) async fn make(
    app: &App,
    session: &Arc<Session>,
    making: Making<'_>,
) -> Result<(Job, usize)> {
    let mut problems = Vec::new();
    let start = options::start(making.start, &mut problems);
    let (registry, now) = (app.engine.registry().clone(), app.clock.now());
    let (kind, data) = (making.kind.to_owned(), making.data);
    // Checking a hundred thousand items takes a while; others are served meanwhile.
    let read = tokio::task::spawn_blocking(move || match data.get("manifest") {
        Some(manifest) if kind == manifest::JOB_TYPE => {
            let group = data.get("group").filter(|group| !group.is_null());
            manifest::read_body(&registry, manifest, group, now).map(Made::of_manifest)
        }
        _ if data.get("selector").is_some() => {
            select::read(&registry, &kind, &data, now).map(Made::of_selection)
        }
        _ => read_body(&registry, &kind, &data, now).map(Made::of_rows),
    });
    let made = match read.await.map_err(ApiError::internal)? {
        Ok(made) => Some(made),
        Err(more) => {
            problems.extend(more.0);
            None
        }
    };
    let base = made.as_ref().map(|made| made.options.clone()).unwrap_or_default();
    let options = options::read(making.options, base, &mut problems);
    match made {
        Some(made) if problems.is_empty() => {
            let count = made.count;
            let made = Made { options, ..made };
            let job = keep(app, session, made, start, making.idempotency).await?;
            Ok((job, count))
        }
        _ => Err(Problems(problems).into()),
    }
}

/// A job to be kept: what it is made of, and how it is to be run.
pub(super) struct Made {
    kind: String,
    source: JobSource,
    /// How many items the input holds; what a manifest removes is not among them.
    count: usize,
    /// How it is to be run, as far as what it is made of says.
    pub(super) options: JobOptions,
    /// What was not read, though nothing is wrong with it.
    pub(super) warnings: Vec<Problem>,
    /// What is wrong with rows that were set aside.
    pub(super) skipped: Vec<Problem>,
}

impl Made {
    /// Of a list of items.
    pub(super) fn of_rows(mut rows: Imported) -> Self {
        Self {
            kind: std::mem::take(&mut rows.job_type),
            count: rows.items.len(),
            options: JobOptions::default(),
            warnings: std::mem::take(&mut rows.warnings),
            skipped: std::mem::take(&mut rows.skipped),
            source: rows.into_source(),
        }
    }

    /// Of what a selector names.
    pub(super) fn of_selection(selection: Selection) -> Self {
        Self {
            kind: selection.job_type,
            // Known once it is planned.
            count: 0,
            source: JobSource::Request(selection.request),
            options: JobOptions::default(),
            warnings: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Of a desired state.
    pub(super) fn of_manifest(mut manifest: Manifest) -> Self {
        Self {
            kind: manifest::JOB_TYPE.to_owned(),
            count: manifest.desired.len(),
            options: manifest.options.job(),
            warnings: std::mem::take(&mut manifest.warnings),
            skipped: Vec::new(),
            source: manifest.source(),
        }
    }
}

/// Remembers the job and the credential it will use.
pub(super) async fn keep(
    app: &App,
    session: &Arc<Session>,
    made: Made,
    start: bool,
    idempotency: Option<Idempotency>,
) -> Result<Job> {
    let request = JobRequest {
        kind: made.kind,
        source: made.source,
        options: made.options,
        origin: Origin::Server,
        start,
        idempotency,
        retry_of: None,
        undo_of: None,
    };
    let job = app.engine.create_job(request, &session.actor).await?;
    entrust(app, session, &job).await?;
    Ok(job)
}

/// Gives a job that has not ended the session's credential, if it is the owner's, and lets it be taken up.
pub(super) async fn entrust(app: &App, session: &Session, job: &Job) -> Result<()> {
    if job.owner() == session.actor.user && !job.status.has_ended() {
        app.credentials.keep(job.id, &session.credential).await?;
    }
    app.engine.wake();
    Ok(())
}

/// The same, before a job of the actor's is started or resumed, if `event` is possible at all: whoever takes
/// it up finds the new credential and not an older one.
pub(super) async fn entrust_beforehand(
    app: &App,
    session: &Session,
    job: &Job,
    event: JobEvent,
) -> Result<()> {
    if job.owner() == session.actor.user && job.status.after(event).is_ok() {
        app.credentials.keep(job.id, &session.credential).await?;
    }
    Ok(())
}

/// Refuses a job of the command line: no server ever takes it up, so it would be started and nothing would happen.
pub(super) async fn runs_here(app: &App, job: &Job) -> Result<()> {
    match app.engine.storage().job(job.id).await? {
        Some(record) if record.origin == Origin::Cli => Err(ApiError::conflict(format!(
            "job {} belongs to the command line on the server's machine, which runs it itself",
            job.id
        ))),
        _ => Ok(()),
    }
}

/// A required field that is missing or is no text.
pub(in crate::routes) fn missing(field: &str, allowed: &str) -> Problem {
    Problem {
        field: Some(field.to_owned()),
        ..Problem::new(format!("{field} is required")).allowed(allowed)
    }
}
