//! Word from other nodes that a job has moved.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::{Clock, JobId};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

/// Where the database's trigger says so, the job's id as its word.
const CHANNEL: &str = "gitlab_bulk_jobs";

/// Words that a slow listener may leave unheard before it is told that it missed some.
const UNHEARD: usize = 256;

/// Before a connection that is gone is looked for again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What the database says by itself. Nobody says anything in SQLite: there a process finds the work of others by looking.
pub(super) struct Announcements {
    source: Option<(PgPool, Arc<dyn Clock>)>,
    listening: OnceLock<(broadcast::Sender<Option<JobId>>, AbortHandle)>,
}

impl std::fmt::Debug for Announcements {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Announcements").finish_non_exhaustive()
    }
}

impl Announcements {
    pub(super) const fn none() -> Self {
        Self {
            source: None,
            listening: OnceLock::new(),
        }
    }

    pub(super) fn of(pool: &PgPool, clock: &Arc<dyn Clock>) -> Self {
        Self {
            source: Some((pool.clone(), Arc::clone(clock))),
            listening: OnceLock::new(),
        }
    }

    /// Begins to listen; the first who does so opens the connection. `None` where nobody says anything.
    pub(super) fn hear(&self) -> Option<Announced> {
        let (pool, clock) = self.source.as_ref()?;
        let (sender, _) = self.listening.get_or_init(|| {
            let (sender, _) = broadcast::channel(UNHEARD);
            let task = tokio::spawn(listen(pool.clone(), Arc::clone(clock), sender.clone()));
            (sender, task.abort_handle())
        });
        Some(Announced(sender.subscribe()))
    }
}

/// Word of jobs that somebody has moved, in this process or in another.
#[derive(Debug)]
pub struct Announced(broadcast::Receiver<Option<JobId>>);

impl Announced {
    /// Waits for the next word; `None` says that some may have been missed, and one should look. It never ends: one
    /// waits for ever when the database is closed.
    pub async fn next(&mut self) -> Option<JobId> {
        match self.0.recv().await {
            Ok(word) => word,
            Err(broadcast::error::RecvError::Lagged(_)) => None,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Drop for Announcements {
    fn drop(&mut self) {
        if let Some((_, task)) = self.listening.get() {
            task.abort();
        }
    }
}

/// Passes on what is announced; `None` says that something may have been missed.
async fn listen(pool: PgPool, clock: Arc<dyn Clock>, sender: broadcast::Sender<Option<JobId>>) {
    while !pool.is_closed() {
        if let Err(error) = listen_once(&pool, &sender).await {
            tracing::debug!(%error, "The database is not heard; work is found by looking meanwhile");
        }
        clock.sleep(AGAIN_AFTER).await;
    }
}

async fn listen_once(pool: &PgPool, sender: &broadcast::Sender<Option<JobId>>) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    let _ = sender.send(None);
    while let Some(word) = listener.try_recv().await? {
        if let Ok(job) = word.payload().parse() {
            let _ = sender.send(Some(job));
        }
    }
    Ok(())
}
