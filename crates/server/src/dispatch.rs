//! Runs the jobs that were made through the API: here, on any node, after any restart.

use std::sync::Arc;
use std::time::Duration;

use domain::{Job, JobStatus, Origin};
use engine::JobError;
use futures::FutureExt;
use futures::future::FusedFuture as _;
use gitlab_client::{Gitlab, HostRefused};
use storage::{AuditOutcome, JobFilter, Lease, Need};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::app::App;
use crate::auth::Session;
use crate::error::{ApiError, Result};

/// How often cancelled jobs are looked through.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// How long at most until work is found that nobody announced.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long the credential of a job that was just made may take to follow it into the database. Less than
/// any lease.
const CREDENTIAL_WITHIN: Duration = Duration::from_secs(2);
/// How often to look for it.
const CREDENTIAL_EVERY: Duration = Duration::from_millis(20);

/// Takes jobs and works on them, `MAX_CONCURRENT_JOBS` of them at a time, until the server stops. As many are
/// planned besides: who waits for a plan does not wait for the jobs that run. Returns when the last of them has
/// let go.
pub(crate) async fn dispatch(app: Arc<App>) {
    let (mut planning, mut running) = (JoinSet::new(), JoinSet::new());
    let mut sweep_at = app.clock.monotonic();
    // What other nodes do to jobs rings the same bells as what is done here.
    let mut hearing = std::pin::pin!(app.engine.listen().fuse());
    while !app.stopping.is_cancelled() {
        if app.clock.monotonic() >= sweep_at {
            sweep_at = app.clock.monotonic() + SWEEP_EVERY;
            sweep(&app).await;
        }
        // Listening begins before looking: a ring in between is not missed.
        let mut woken = std::pin::pin!(app.engine.woken().fuse());
        let _ = futures::poll!(woken.as_mut());
        fill(&app, &mut planning, Need::Plan).await;
        fill(&app, &mut running, Need::Run).await;
        tokio::select! {
            () = app.stopping.cancelled() => {}
            () = woken => {}
            () = &mut hearing, if !hearing.is_terminated() => {}
            () = app.clock.sleep(LOOK_AGAIN) => {}
            Some(_) = planning.join_next(), if !planning.is_empty() => {}
            Some(_) = running.join_next(), if !running.is_empty() => {}
        }
    }
    while planning.join_next().await.is_some() {}
    while running.join_next().await.is_some() {}
}

/// Takes jobs that have this need until all places are taken. One that waits for minutes takes none.
async fn fill(app: &Arc<App>, places: &mut JoinSet<()>, need: Need) {
    let taken = |places: &JoinSet<()>| places.len().saturating_sub(app.engine.parked(need));
    while taken(places) < app.settings.max_concurrent_jobs && !app.stopping.is_cancelled() {
        match app.engine.claim_any(Origin::Server, need).await {
            Ok(Some((lease, job))) => {
                let span = tracing::info_span!("job", job = %job.id);
                places.spawn(work(Arc::clone(app), lease, job, need).instrument(span));
            }
            Ok(None) => break,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "No job can be taken");
                break;
            }
        }
    }
}

/// Leaves to people what was under way in cancelled jobs whose runner died.
async fn sweep(app: &App) {
    match app.engine.leave_cancelled().await {
        Ok(0) => {}
        Ok(items) => tracing::warn!(
            items,
            "{items} items of cancelled jobs have to be looked at by a person"
        ),
        Err(error) => tracing::warn!(error = %chain(&error), "Cancelled jobs could not be looked through"),
    }
}

/// Does what one job needs next, and cleans up after it.
async fn work(app: Arc<App>, lease: Lease, job: Job, need: Need) {
    let id = job.id;
    let gitlab = match way_to_gitlab(&app, &job).await {
        Ok(Some(gitlab)) => gitlab,
        Ok(None) => return park(&app, &lease, engine::WAITS_FOR_LOGIN).await,
        Err(error) => {
            tracing::warn!(job = %id, error = %chain(&error), "Job `{id}` cannot be run now");
            return match error {
                NoWay::Refused(refused) => park(&app, &lease, &refused.to_string()).await,
                NoWay::Unknown(_) => let_go(&app, &lease).await,
            };
        }
    };
    tracing::info!(job = %id, items = job.total, status = %job.status, "Working on job `{id}`");
    if need == Need::Run {
        app.audit
            .note_job("job_run", &job, AuditOutcome::Succeeded, app.clock.now());
    }
    let stopping = app.stopping.child_token();
    let worked = match need {
        Need::Plan => {
            let planned = app.engine.plan(&lease, &job, &gitlab);
            match stopping.run_until_cancelled(planned).await {
                Some(planned) => planned,
                // It has only read; the next claimant plans it from the beginning.
                None => return give_back(&app, &lease).await,
            }
        }
        Need::Run => app.engine.work(lease.clone(), job, gitlab, stopping).await,
    };
    match worked {
        Ok(job) => {
            tracing::info!(job = %id, status = %job.status, "Job `{id}` is {}", job.status);
            if job.status.has_ended() {
                let outcome = match job.status {
                    JobStatus::Failed => AuditOutcome::Failed,
                    _ => AuditOutcome::Succeeded,
                };
                app.audit.note_job("job_ended", &job, outcome, app.clock.now());
            }
        }
        Err(error) => {
            tracing::warn!(job = %id, error = %chain(&error), "Job `{id}` cannot go on here");
            match error {
                // One that could not be planned has ended as `failed`, and nobody holds it.
                JobError::Plan(_) | JobError::Expand(_) | JobError::Sealed(_) if need == Need::Plan => {}
                _ => let_go(&app, &lease).await,
            }
        }
    }
    if let Err(error) = erase_if_ended(&app, &lease).await {
        tracing::warn!(job = %id, %error, "The credential of a job could not be erased");
    }
}

/// Why there is no way to GitLab.
#[derive(Debug, thiserror::Error)]
enum NoWay {
    /// The instance is no longer one that may be talked to.
    #[error(transparent)]
    Refused(#[from] HostRefused),
    /// It cannot be told now.
    #[error("the credential cannot be read")]
    Unknown(#[source] ApiError),
}

/// The owner's way to GitLab. `None` without a credential, for which a new job is given a moment: it is
/// stored just after the job.
async fn way_to_gitlab(app: &App, job: &Job) -> Result<Option<Gitlab>, NoWay> {
    let asked = app.clock.monotonic();
    loop {
        if let Some(credential) = app.credentials.open(job.id).await.map_err(NoWay::Unknown)? {
            return Ok(Some(app.ways.of_user(&job.owner(), &credential)?));
        }
        if app.clock.monotonic() >= asked + CREDENTIAL_WITHIN {
            return Ok(None);
        }
        app.clock.sleep(CREDENTIAL_EVERY).await;
    }
}

/// Lets the job wait for a person: a login of its owner, or whatever the reason says.
async fn park(app: &App, lease: &Lease, reason: &str) {
    if let Err(error) = app.engine.park(lease, reason).await {
        tracing::warn!(job = %lease.job, error = %chain(&error), "A job could not be paused");
    }
}

/// Gives the job back after something has gone wrong, but not at once: the next taker is most likely here,
/// and what was wrong most likely still is.
async fn let_go(app: &App, lease: &Lease) {
    app.clock.sleep(LOOK_AGAIN).await;
    give_back(app, lease).await;
}

async fn give_back(app: &App, lease: &Lease) {
    if let Err(error) = app.engine.storage().release(lease).await {
        tracing::warn!(
            job = %lease.job, error = %chain(&error),
            "A job could not be given back; it is taken up when its lease is over"
        );
    }
}

async fn erase_if_ended(app: &App, lease: &Lease) -> Result<()> {
    let record = app.engine.storage().job(lease.job).await?;
    if let Some(job) = record
        .map(|record| record.job)
        .filter(|job| job.status.has_ended())
    {
        app.credentials.erase(job.id, &job.owner().instance).await?;
    }
    Ok(())
}

/// Gives the jobs that wait for this user's login the new credential, and lets them go on. A token that
/// cannot change anything is of no use to them.
pub(crate) async fn go_on_after_login(app: &App, session: &Session) -> Result<()> {
    if !session.may_write {
        return Ok(());
    }
    let mut filter = JobFilter {
        owner: Some(session.actor.user.clone()),
        status: vec![JobStatus::Paused, JobStatus::Failed],
        limit: 100,
        ..JobFilter::default()
    };
    loop {
        let page = app.engine.storage().jobs(&filter).await?;
        for job in page.jobs.iter().filter(|job| waits_for_login(job)) {
            app.credentials.keep(job.id, &session.credential).await?;
            match app.engine.resume(job.id, &session.actor).await {
                Ok(_) => tracing::info!(job = %job.id, "Job `{}` goes on after a login", job.id),
                // Somebody was faster.
                Err(JobError::NotPossible(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        match page.next {
            Some(next) => filter.before = Some(next),
            None => return Ok(()),
        }
    }
}

fn waits_for_login(job: &Job) -> bool {
    match job.status {
        JobStatus::Paused => job.waiting_reason.as_deref() == Some(engine::WAITS_FOR_LOGIN),
        JobStatus::Failed => job
            .error
            .as_ref()
            .is_some_and(|error| error.code == "UNAUTHORIZED"),
        _ => false,
    }
}

/// An error with its causes, for one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let texts: Vec<String> = std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect();
    texts.join(": ")
}
