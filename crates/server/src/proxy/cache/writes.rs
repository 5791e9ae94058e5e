use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::{Clock, InstanceUrl};
use serde::{Deserialize, Serialize};

use super::staleness::{Part, Stale, Staleness};

/// GitLab reads lists from replicas, which learn of a write a moment later: what is asked for in that moment is
/// passed on, and not kept (GitLab API facts §10.3).
const REPLICAS_LEARN: Duration = Duration::from_secs(1);
/// What GitLab said it would do later, or may still be doing after its answer was lost.
const GITLAB_FINISHES: Duration = Duration::from_mins(1);

/// What was written to GitLab, as far as it is known here: whether something that was asked for at a moment is still
/// true. Cheap to clone; clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Writes {
    instances: Arc<RwLock<Instances>>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Default)]
struct Instances {
    each: HashMap<InstanceUrl, Staleness>,
    /// Nothing that was asked for until then is true, whatever the instance.
    forgotten: Duration,
}

/// How sure it is that a write is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Done {
    /// GitLab has done it, and shows it in a moment.
    Now,
    /// GitLab does it within a minute, or nobody knows.
    Later,
}

impl Writes {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            instances: Arc::default(),
            clock,
        }
    }

    /// Something of this instance was written: what was answered until now, and for a while from now on, is no
    /// longer true.
    pub(crate) fn note(&self, instance: &InstanceUrl, stale: &Stale, done: Done) {
        let while_ = match done {
            Done::Now => REPLICAS_LEARN,
            Done::Later => GITLAB_FINISHES,
        };
        let until = self.clock.monotonic() + while_;
        let mut instances = self.instances.write().unwrap_or_else(PoisonError::into_inner);
        match instances.each.get_mut(instance) {
            Some(staleness) => staleness.note(stale, until),
            None => instances
                .each
                .entry(instance.clone())
                .or_default()
                .note(stale, until),
        }
    }

    /// What was answered until now is not true any more, of any instance.
    pub(crate) fn forget_all(&self) {
        self.forget_until(self.clock.monotonic());
    }

    /// Something was written, nobody knows what: what was answered until now is not true any more, nor what is
    /// answered before GitLab has surely done it.
    pub(crate) fn doubt_all(&self) {
        self.forget_until(self.clock.monotonic() + GITLAB_FINISHES);
    }

    fn forget_until(&self, moment: Duration) {
        let mut instances = self.instances.write().unwrap_or_else(PoisonError::into_inner);
        instances.forgotten = instances.forgotten.max(moment);
    }

    /// Whether lists that were asked for at this moment show everything that was written.
    pub(crate) fn lists_are_true(&self, instance: &InstanceUrl, asked: Duration) -> bool {
        self.is_true(instance, &Part::Around, asked)
    }

    /// The same of what belongs to this part of the instance.
    pub(super) fn is_true(&self, instance: &InstanceUrl, part: &Part, asked: Duration) -> bool {
        let instances = self.instances.read().unwrap_or_else(PoisonError::into_inner);
        (instances.forgotten.is_zero() || asked > instances.forgotten)
            && instances
                .each
                .get(instance)
                .is_none_or(|staleness| staleness.is_true(part, asked))
    }
}
