use std::sync::Arc;

/// What was replaced in a store, while somebody wants to know.
#[derive(Debug)]
pub(crate) struct Watch<T> {
    on: bool,
    seen: Vec<Replaced<T>>,
}

/// What was there and what is there now; none when there was, or is, nothing.
pub(crate) type Replaced<T> = (Option<Arc<T>>, Option<Arc<T>>);

impl<T> Default for Watch<T> {
    fn default() -> Self {
        Self {
            on: false,
            seen: Vec::new(),
        }
    }
}

impl<T> Watch<T> {
    /// Begins or ends to look. It costs nothing while it does not.
    pub(crate) fn turn(&mut self, on: bool) {
        self.on = on;
        if !on {
            self.seen.clear();
        }
    }

    pub(super) fn note(&mut self, old: Option<&Arc<T>>, new: Option<&Arc<T>>) {
        if self.on {
            self.seen.push((old.cloned(), new.cloned()));
        }
    }

    /// Everything since it was last asked.
    pub(crate) fn take(&mut self) -> Vec<Replaced<T>> {
        std::mem::take(&mut self.seen)
    }
}
