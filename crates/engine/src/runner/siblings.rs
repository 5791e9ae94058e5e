//! What several jobs write under one parent group: together no more at a time than one alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use domain::InstanceUrl;
use tokio::sync::Semaphore;

/// The places for writes under each parent group of each instance, for all jobs of this process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Siblings {
    places: Arc<Mutex<HashMap<InstanceUrl, ByParent>>>,
}

/// By what a job calls the parent, as long as a job has something to write there.
type ByParent = HashMap<String, Weak<Semaphore>>;

impl Siblings {
    /// The places under this parent, `most` of them.
    pub(crate) fn under(&self, instance: &InstanceUrl, parent: String, most: u32) -> Arc<Semaphore> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let parents = places.entry(instance.clone()).or_default();
        if let Some(there) = parents.get(&parent).and_then(Weak::upgrade) {
            return there;
        }
        if parents.len() == parents.capacity() {
            // Before it grows: what no job writes under any more.
            parents.retain(|_, places| places.strong_count() > 0);
        }
        let new = Arc::new(Semaphore::new(most.max(1) as usize));
        parents.insert(parent, Arc::downgrade(&new));
        new
    }
}
