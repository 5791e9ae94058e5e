use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;

use super::{Session, SessionId};
use crate::nodes::Nodes;

/// How long a session is taken from memory without asking the database. What ends a session in this
/// process is seen at once; what ends it on another node, as soon as that has been told; after this in any case.
const REMEMBERED: Duration = Duration::from_secs(5);

/// A short memory of who was let in, so that not every request asks the database.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    living: Cache<SessionId, Arc<Session>>,
    /// What has just ended here, so that a look-up that is under way does not bring it back.
    ended: Cache<SessionId, ()>,
    /// Who tells what has ended elsewhere.
    nodes: Nodes,
}

impl Memory {
    pub(super) fn new(nodes: Nodes) -> Self {
        Self {
            living: Cache::builder()
                .max_capacity(20_000)
                .time_to_live(REMEMBERED)
                .build(),
            ended: Cache::builder()
                .max_capacity(100_000)
                .time_to_live(REMEMBERED * 12)
                .build(),
            nodes,
        }
    }

    pub(super) async fn recall(&self, id: SessionId) -> Option<Arc<Session>> {
        if !self.nodes.are_heard() {
            return None;
        }
        self.living.get(&id).await
    }

    /// Remembers what was just read; false when it has ended meanwhile.
    pub(super) async fn keep(&self, session: &Arc<Session>) -> bool {
        self.living.insert(session.id, Arc::clone(session)).await;
        let living = !self.ended.contains_key(&session.id);
        if !living {
            self.living.invalidate(&session.id).await;
        }
        living
    }

    /// To be called before it is removed from the database: whoever looks from then on is told the truth.
    pub(super) async fn ends(&self, id: SessionId) {
        self.ended.insert(id, ()).await;
    }

    /// To be called after it was removed.
    pub(super) async fn forget(&self, id: SessionId) {
        self.living.invalidate(&id).await;
    }

    /// Forgets everybody: any of them may have ended.
    pub(super) fn forget_all(&self) {
        self.living.invalidate_all();
    }
}
