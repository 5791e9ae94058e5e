use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::UserKey;

/// How often each user has read something since this was last told.
#[derive(Debug, Default)]
pub(super) struct Reads(Mutex<HashMap<UserKey, Count>>);

#[derive(Debug)]
pub(super) struct Count {
    pub(super) username: String,
    pub(super) reads: u64,
}

impl Reads {
    pub(super) fn count(&self, user: &UserKey, username: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(user) {
            Some(count) => count.reads += 1,
            None => {
                let username = username.to_owned();
                counts.insert(user.clone(), Count { username, reads: 1 });
            }
        }
    }

    /// What was counted; counting begins anew.
    pub(super) fn take(&self) -> HashMap<UserKey, Count> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
