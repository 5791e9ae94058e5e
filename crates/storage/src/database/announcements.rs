//! Word from other nodes: a job has moved, or what is remembered may be untrue.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use domain::Clock;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

use super::Database;
use super::sql::heard;
use crate::{Announcement, Result};

/// Where the database's trigger tells of a job, with its id.
const JOBS: &str = "gitlab_bulk_jobs";
/// Where a node says that it cannot tell the others what it does.
const DOUBTS: &str = "gitlab_bulk_doubts";

/// Words that a slow listener may leave unheard before it is told that it missed some.
const UNHEARD: usize = 256;

/// Before a connection that is gone is looked for again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What the database passes on between processes. SQLite passes on nothing: there a process hears itself, and finds the
/// work of others by looking.
#[derive(Debug)]
pub(super) enum Announcements {
    Within(broadcast::Sender<Announcement>),
    Between(Postgres),
}

/// What PostgreSQL passes on, to whoever listens.
pub(super) struct Postgres {
    pool: PgPool,
    clock: Arc<dyn Clock>,
    listening: OnceLock<(broadcast::Sender<Announcement>, AbortHandle)>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Announcements {
    pub(super) fn within() -> Self {
        Self::Within(broadcast::channel(UNHEARD).0)
    }

    pub(super) fn between(pool: &PgPool, clock: &Arc<dyn Clock>) -> Self {
        Self::Between(Postgres {
            pool: pool.clone(),
            clock: Arc::clone(clock),
            listening: OnceLock::new(),
        })
    }
}

#[async_trait]
impl crate::Announcements for Database {
    fn announced(&self) -> Option<Announced> {
        match &self.announcements {
            Announcements::Within(sender) => Some(Announced(sender.subscribe())),
            Announcements::Between(postgres) => Some(postgres.hear()),
        }
    }

    async fn announce_doubt(&self) -> Result<()> {
        match &self.announcements {
            Announcements::Within(sender) => {
                // Nobody may listen.
                let _ = sender.send(Announcement::Doubt);
                Ok(())
            }
            Announcements::Between(postgres) => {
                let said = sqlx::query("SELECT pg_notify($1, '')").bind(DOUBTS);
                heard(said.execute(&postgres.pool)).await?;
                Ok(())
            }
        }
    }
}

impl Postgres {
    /// Begins to listen; the first who does so opens the connection.
    fn hear(&self) -> Announced {
        let (sender, _) = self.listening.get_or_init(|| {
            let (sender, _) = broadcast::channel(UNHEARD);
            let task = tokio::spawn(listen(self.pool.clone(), Arc::clone(&self.clock), sender.clone()));
            (sender, task.abort_handle())
        });
        Announced(sender.subscribe())
    }
}

/// What somebody has announced, in this process or in another.
#[derive(Debug)]
pub struct Announced(broadcast::Receiver<Announcement>);

impl Announced {
    /// Waits for the next word. It never ends: one waits for ever when the database is closed.
    pub async fn next(&mut self) -> Announcement {
        match self.0.recv().await {
            Ok(word) => word,
            Err(broadcast::error::RecvError::Lagged(_)) => Announcement::Missed,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some((_, task)) = self.listening.get() {
            task.abort();
        }
    }
}

/// Passes on what is announced.
async fn listen(pool: PgPool, clock: Arc<dyn Clock>, sender: broadcast::Sender<Announcement>) {
    while !pool.is_closed() {
        if let Err(error) = listen_once(&pool, &sender).await {
            tracing::debug!(%error, "The database is not heard; work is found by looking meanwhile");
        }
        clock.sleep(AGAIN_AFTER).await;
    }
}

async fn listen_once(pool: &PgPool, sender: &broadcast::Sender<Announcement>) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen_all([JOBS, DOUBTS]).await?;
    let _ = sender.send(Announcement::Missed);
    while let Some(word) = listener.try_recv().await? {
        let heard = match word.channel() {
            DOUBTS => Some(Announcement::Doubt),
            _ => word.payload().parse().ok().map(Announcement::Job),
        };
        if let Some(heard) = heard {
            let _ = sender.send(heard);
        }
    }
    Ok(())
}
