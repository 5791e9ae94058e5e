use std::sync::Arc;

use domain::{Job, JobEvent, JobOptions, Origin, Problem, Problems};
use engine::import::{Imported, read_body};
use engine::{JobRequest, JobSource};
use serde_json::Value;
use storage::Idempotency;

use super::options;
use crate::app::App;
use crate::auth::Session;
use crate::error::{ApiError, Result};

/// A job as a body asks for it.
pub(in crate::routes) struct Making<'a> {
    pub(in crate::routes) kind: &'a str,
    /// What `read_body` takes: `{"items":[…]}` or the list by its own name.
    pub(in crate::routes) data: Value,
    pub(in crate::routes) options: Option<Value>,
    pub(in crate::routes) start: Option<Value>,
    pub(in crate::routes) idempotency: Option<Idempotency>,
}

/// Makes a job of a body. Nothing is asked of GitLab yet.
///
/// # Errors
/// 403 for a token that cannot change anything; 400 with every problem.
pub(in crate::routes) async fn make(app: &App, session: &Arc<Session>, making: Making<'_>) -> Result<Job> {
    permit(session)?;
    let mut problems = Vec::new();
    let options = options::read(making.options, &mut problems);
    let start = options::start(making.start, &mut problems);
    let (registry, now) = (app.engine.registry().clone(), app.clock.now());
    let (kind, data) = (making.kind.to_owned(), making.data);
    // Checking a hundred thousand items takes a while; others are served meanwhile.
    let read = tokio::task::spawn_blocking(move || read_body(&registry, &kind, &data, now)).await;
    let imported = match read.map_err(ApiError::internal)? {
        Ok(imported) => Some(imported),
        Err(more) => {
            problems.extend(more.0);
            None
        }
    };
    match imported {
        Some(imported) if problems.is_empty() => {
            keep(app, session, imported, options, start, making.idempotency).await
        }
        _ => Err(Problems(problems).into()),
    }
}

/// Only a token whose scopes let it change something can be used for a job.
pub(super) fn permit(session: &Session) -> Result<()> {
    if session.may_write {
        Ok(())
    } else {
        Err(ApiError::forbidden(
            "the token has no scope that lets it change anything; `api` is needed",
        ))
    }
}

/// Remembers the job and the credential it will use.
pub(super) async fn keep(
    app: &App,
    session: &Arc<Session>,
    imported: Imported,
    options: JobOptions,
    start: bool,
    idempotency: Option<Idempotency>,
) -> Result<Job> {
    let request = JobRequest {
        kind: imported.job_type,
        source: JobSource::Items(imported.items),
        options,
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
        app.credentials.keep(job.id, &session.token).await?;
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
        app.credentials.keep(job.id, &session.token).await?;
    }
    Ok(())
}

/// A required field that is missing or is no text.
pub(super) fn missing(field: &str, allowed: &str) -> Problem {
    Problem {
        field: Some(field.to_owned()),
        ..Problem::new(format!("{field} is required")).allowed(allowed)
    }
}
