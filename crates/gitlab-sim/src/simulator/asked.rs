//! What a test asks about the requests that came.

use super::Simulator;
use crate::control::{Fault, FaultMatch, JournalEntry};

impl Simulator {
    /// The requests that match, oldest first: `gitlab.asked(&Fault::post("/api/v4/projects"))`. Of a
    /// [`FaultMatch`] the method and the path count, with `*` for a segment and `**` for the rest.
    pub fn asked(&self, which: &FaultMatch) -> Vec<JournalEntry> {
        let mut entries = self.journal(0);
        entries.retain(|entry| {
            let method = entry.method.parse();
            method.is_ok_and(|method| which.matches(&method, &entry.path))
        });
        entries
    }

    /// How often the faults in force have acted: a test whose fault never did has proved nothing.
    pub fn faults_fired(&self) -> u64 {
        self.instance.faults.list().iter().map(Fault::fired).sum()
    }

    /// # Panics
    /// When something was asked that the simulator does not have, so that the answer proves nothing. The message
    /// names the routes.
    #[track_caller]
    pub fn assert_nothing_unimplemented(&self) {
        let missing = self.stats().unimplemented;
        assert!(
            missing.is_empty(),
            "the simulator does not have what was asked for: {missing:?}"
        );
    }

    /// # Panics
    /// When a creation was refused because the thing existed: something was sent twice.
    #[track_caller]
    pub fn assert_nothing_created_twice(&self) {
        let count = self.stats().writes.rejected_as_duplicate;
        assert_eq!(count, 0, "creations were refused because the things exist");
    }
}
