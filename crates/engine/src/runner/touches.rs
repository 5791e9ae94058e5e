use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::events::Touched;

/// What items that have succeeded have touched, until that is on disk and is told. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Touches(Arc<Mutex<HashMap<u32, Touched>>>);

impl Touches {
    pub(super) fn note(&self, item: u32, touched: Option<Touched>) {
        if let Some(touched) = touched {
            let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            noted.insert(item, touched);
        }
    }

    /// What the item has touched, once.
    pub(super) fn take(&self, item: u32) -> Option<Touched> {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.remove(&item)
    }
}
