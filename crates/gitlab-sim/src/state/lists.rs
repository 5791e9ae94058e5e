//! Sorted lists, kept for as long as nothing changes.

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

/// At most this many lists are kept; then all are dropped.
const KEPT: usize = 256;

/// The ids of a filtered and sorted list, so that walking its pages sorts once and not once per page.
///
/// An entry holds for one epoch of the state. The key must say everything the list depends on: who asks, which
/// list, which filters.
#[derive(Debug, Default)]
pub(crate) struct SortedLists(Mutex<HashMap<String, Made>>);

/// A list, and the epoch it was made at.
type Made = (u64, Arc<[u64]>);

impl SortedLists {
    /// The list of that key, made now unless it was made at this epoch.
    pub(crate) fn get(&self, key: String, epoch: u64, make: impl FnOnce() -> Vec<u64>) -> Arc<[u64]> {
        let known = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some((made_at, list)) = known
            && made_at == epoch
        {
            return list;
        }
        let list: Arc<[u64]> = make().into();
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= KEPT {
            lists.clear();
        }
        lists.insert(key, (epoch, Arc::clone(&list)));
        list
    }
}

/// The part of an ordered list that comes after a place, read in either direction.
pub(crate) fn beyond<K>(place: Option<K>, ascending: bool) -> (Bound<K>, Bound<K>) {
    match (place, ascending) {
        (None, _) => (Bound::Unbounded, Bound::Unbounded),
        (Some(place), true) => (Bound::Excluded(place), Bound::Unbounded),
        (Some(place), false) => (Bound::Unbounded, Bound::Excluded(place)),
    }
}

/// Rows forwards or backwards.
pub(crate) fn turned<'a, T: 'a>(
    rows: impl DoubleEndedIterator<Item = T> + 'a,
    ascending: bool,
) -> Box<dyn Iterator<Item = T> + 'a> {
    if ascending {
        Box::new(rows)
    } else {
        Box::new(rows.rev())
    }
}
