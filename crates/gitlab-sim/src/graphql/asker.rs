use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLockReadGuard};

use async_graphql::Context;

use crate::access::Viewer;
use crate::instance::Instance;
use crate::state::State;
use crate::time_text::Moment;

/// Who asks, when, and of which instance.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) instance: Arc<Instance>,
    pub(super) viewer: Viewer,
    pub(super) now: Moment,
    score: Arc<AtomicUsize>,
}

impl Asker {
    pub(super) fn new(instance: Arc<Instance>, viewer: Viewer, now: Moment) -> Self {
        Self {
            instance,
            viewer,
            now,
            score: Arc::default(),
        }
    }

    /// The asker of a running query.
    pub(super) fn of<'c>(ctx: &Context<'c>) -> &'c Self {
        ctx.data_unchecked()
    }

    pub(super) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.instance.state()
    }

    pub(super) fn url(&self) -> &str {
        &self.instance.site.url
    }

    /// What the operations of this request may cost together.
    pub(super) fn limit(&self) -> usize {
        if self.viewer.user().is_some() { 250 } else { 200 }
    }

    /// What they cost so far.
    pub(super) fn score(&self) -> usize {
        self.score.load(Ordering::Relaxed)
    }

    /// Adds the cost of one more operation, and tells all of it.
    pub(super) fn spend(&self, cost: usize) -> usize {
        self.score.fetch_add(cost, Ordering::Relaxed) + cost
    }
}
