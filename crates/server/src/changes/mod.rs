//! What has changed at GitLab, as far as it is known here: through the proxy, by jobs, by what GitLab itself
//! tells. One place makes kept answers stale, and tells those who follow.

mod change;
mod of_jobs;

use domain::{InstanceUrl, UserKey};

pub(crate) use change::{Change, How, Membership, Object, Of};
pub(crate) use of_jobs::{Effect, effect_of};

use crate::live::Live;
use crate::nodes::{Nodes, Word};
use crate::proxy::{AnswerCache, Done, Stale, Writes};

/// Passes on what has changed. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    writes: Writes,
    cache: Option<AnswerCache>,
    live: Live,
    nodes: Nodes,
}

impl Changes {
    pub(crate) fn new(writes: Writes, cache: Option<AnswerCache>, live: Live, nodes: Nodes) -> Self {
        Self {
            writes,
            cache,
            live,
            nodes,
        }
    }

    /// Whether what becomes stale through any node is known here a moment later.
    pub(crate) fn are_heard(&self) -> bool {
        self.nodes.are_heard()
    }

    /// Answers about the instance that may have become untrue are no longer given to anybody: on this node at
    /// once, on the others as soon as they hear of it.
    pub(crate) fn drop_stale(&self, instance: &InstanceUrl, stale: &Stale, done: Done) {
        self.drop_stale_here(instance, stale, done);
        self.nodes.say(|| Word::Stale {
            instance: instance.clone(),
            stale: stale.clone(),
            done,
        });
    }

    /// As [`Changes::drop_stale`], of what another node has told.
    pub(crate) fn drop_stale_here(&self, instance: &InstanceUrl, stale: &Stale, done: Done) {
        self.writes.note(instance, stale, done);
    }

    /// Anything may have become stale.
    pub(crate) fn forget_all(&self) {
        self.writes.forget_all();
        self.empty();
    }

    /// Another node cannot tell what it writes.
    pub(crate) fn doubt_all(&self) {
        self.writes.doubt_all();
        self.empty();
    }

    fn empty(&self) {
        if let Some(cache) = &self.cache {
            cache.empty();
        }
    }

    /// A group or project has changed, or something that belongs to it: for those who hear of it from GitLab.
    #[expect(dead_code, reason = "what GitLab's hooks tell comes here")]
    pub(crate) fn invalidate(&self, instance: &InstanceUrl, object: &Object) {
        self.drop_stale(instance, &object.stale(), Done::Now);
    }

    /// Tells those who follow the object, and whoever made the change, if known. Drops nothing.
    pub(crate) async fn tell(&self, instance: &InstanceUrl, by: Option<&UserKey>, change: &Change) {
        self.live.tell_change(instance, by, change).await;
    }
}
