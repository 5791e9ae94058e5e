use std::collections::HashSet;
use std::sync::Arc;

use domain::{ItemStatus, Job, JobId, JobStatus, UserKey};
use engine::events::{Event, ItemEnd, What};
use futures::future::OptionFuture;
use tokio::sync::broadcast::error::RecvError;

use super::alert::{self, Alert};
use super::payload::{Change, Items, Progress};
use super::throttle::{Throttle, Told};
use super::{Live, rooms};
use crate::app::App;
use crate::changes::{Effect, effect_of};
use crate::proxy::{Done, Stale};

/// Hands the engine's events on to sockets until the server stops, and makes the answer cache forget what
/// jobs have changed.
pub(crate) async fn relay(app: Arc<App>) {
    let mut events = app.engine.events().listen();
    let mut throttle = Throttle::default();
    loop {
        let now = app.clock.monotonic();
        let rest = throttle
            .next_due()
            .map(|due| app.clock.sleep(due.saturating_sub(now)));
        tokio::select! {
            () = app.stopping.cancelled() => return,
            event = events.recv() => match event {
                Ok(event) => take(&app, &mut throttle, event).await,
                Err(RecvError::Lagged(missed)) => {
                    tracing::debug!(missed, "Events were missed; reading the jobs instead");
                    catch_up(&app, &mut throttle).await;
                }
                Err(RecvError::Closed) => return,
            },
            Some(()) = OptionFuture::from(rest) => {
                for (job, owner, told) in throttle.due(app.clock.monotonic()) {
                    tell(&app.live, job, &owner, told).await;
                }
            }
        }
    }
}

async fn take(app: &App, throttle: &mut Throttle, event: Event) {
    let Event {
        owner,
        job,
        version,
        what,
    } = event;
    let (event, changed) = match what {
        What::Progress(changed) | What::Planned(changed) => {
            let now = app.clock.now();
            if let Some(alert) = app.live.warnings.of_wait(&owner, &changed, now).await {
                let rooms = vec![rooms::user(&owner)];
                app.live.emit(rooms, alert::EVENT, &alert).await;
            }
            throttle.add(job, &owner, |told| told.progress = Some(changed));
            return;
        }
        What::ItemsSucceeded(items) => {
            app.metrics.items_ended(ItemStatus::Succeeded, items.len());
            heed(app, &owner, &items).await;
            throttle.add(job, &owner, |told| {
                told.version = version;
                told.succeeded.extend_from_slice(&items);
            });
            return;
        }
        What::ItemsFailed(items) => {
            app.metrics.items_ended(ItemStatus::Failed, items.len());
            throttle.add(job, &owner, |told| {
                told.version = version;
                told.failed.extend_from_slice(&items);
            });
            return;
        }
        What::Created(changed) => ("job:created", changed),
        What::Started(changed) => ("job:started", changed),
        What::Paused(changed) => ("job:paused", changed),
        What::Completed(changed) => ("job:completed", changed),
        What::Failed(changed) => ("job:failed", changed),
        What::Cancelled(changed) => ("job:cancelled", changed),
    };
    if changed.unconfirmed_count > 0 {
        // GitLab may have done them, or be about to.
        app.changes
            .drop_stale(&owner.instance, &Stale::Everything, Done::Later);
    }
    announce(&app.live, throttle, event, &owner, &changed).await;
    if event == "job:paused" && changed.waiting_reason.as_deref() == Some(engine::WAITS_FOR_LOGIN) {
        let alert = Alert::waits_for_login(&changed);
        app.live
            .emit(vec![rooms::user(&owner)], alert::EVENT, &alert)
            .await;
    }
}

/// What items have changed is no longer answered from memory, and is told to those who follow it. The owner of the
/// job hears of the items themselves.
async fn heed(app: &App, owner: &UserKey, items: &[ItemEnd]) {
    let effects: Vec<Effect> = items.iter().map(effect_of).collect();
    let mut dropped = HashSet::new();
    for Effect { stale, done, .. } in &effects {
        if dropped.insert((stale, *done)) {
            app.changes.drop_stale(&owner.instance, stale, *done);
        }
    }
    for change in effects.iter().filter_map(|effect| effect.change.as_ref()) {
        app.changes.tell(&owner.instance, None, change).await;
    }
}

/// Tells a change of status, and before it what is still to be told of the job.
async fn announce(
    live: &Live,
    throttle: &mut Throttle,
    event: &'static str,
    owner: &UserKey,
    job: &Arc<Job>,
) {
    let mut told = throttle.finish(job.id).unwrap_or_default();
    if event != "job:created" {
        told.progress = Some(Arc::clone(job));
    }
    tell(live, job.id, owner, told).await;
    let rooms = || vec![rooms::job(job.id), rooms::user(owner)];
    let change = Change::of(job);
    live.emit(rooms(), event, &change).await;
    // The names that earlier clients listen for.
    match event {
        "job:completed" => live.emit(rooms(), "job:complete", &change).await,
        "job:failed" => live.emit(rooms(), "job:error", &change).await,
        _ => {}
    }
}

async fn tell(live: &Live, job: JobId, owner: &UserKey, told: Told) {
    let rooms = || vec![rooms::job(job), rooms::user(owner)];
    for (event, items) in [
        ("job:item:success", &told.succeeded),
        ("job:item:failed", &told.failed),
    ] {
        if !items.is_empty() {
            let version = told.version;
            let items = Items {
                job_id: job,
                version,
                items,
            };
            live.emit(rooms(), event, &items).await;
        }
    }
    if let Some(job) = told.progress {
        let state = (job.id, job.version);
        live.emit_state(rooms(), "job:progress", &Progress::of(&job), state)
            .await;
    }
}

/// Events were missed: what they said stands in the database.
async fn catch_up(app: &App, throttle: &mut Throttle) {
    for id in throttle.jobs() {
        let Ok(Some(record)) = app.engine.storage().job(id).await else {
            continue;
        };
        let job = Arc::new(record.job);
        app.changes
            .drop_stale(&job.owner().instance, &Stale::Everything, Done::Now);
        let event = match job.status {
            JobStatus::Completed => "job:completed",
            JobStatus::Failed => "job:failed",
            JobStatus::Cancelled => "job:cancelled",
            JobStatus::Paused => "job:paused",
            _ => {
                throttle.add(id, &job.owner(), |told| told.progress = Some(Arc::clone(&job)));
                continue;
            }
        };
        announce(&app.live, throttle, event, &job.owner(), &job).await;
    }
}
